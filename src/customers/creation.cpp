#include "customers/creation.hpp"

namespace billing::customers {

void follow_creation(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{"UPDATE billing_internal.customer_standings AS s "
                         "SET created_at = COALESCE(c.created_at, 'infinity') "
                         "FROM billing_internal.customers AS c "
                         "WHERE s.organization_id = $1 AND s.customer_id = ANY ($2) "
                         "AND c.organization_id = $1 AND c.id = s.customer_id "
                         "AND s.created_at <> COALESCE(c.created_at, 'infinity')",
                         {UUIDOID, UUIDARRAYOID}};
    if (!customers.empty()) {
        pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    }
}

} // namespace billing::customers
