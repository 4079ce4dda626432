#include "customers/deletions.hpp"

namespace billing::customers {

void settle_deletions(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{
        "UPDATE billing_internal.customers AS c "
        "SET archived_at = LEAST(c.archived_here_at, d.gone_at), "
        "updated_at = GREATEST(c.updated_at, d.gone_at) FROM (SELECT o.id, "
        "CASE WHEN bool_and(s.deleted_at IS NOT NULL) THEN max(s.deleted_at) END AS gone_at "
        "FROM billing_internal.customers AS o JOIN LATERAL ("
        "SELECT k.deleted_at FROM billing_internal.customers AS k WHERE k.organization_id = $1 "
        "AND k.id = o.id AND k.stripe_customer_id IS NOT NULL "
        "UNION ALL SELECT m.deleted_at FROM billing_internal.customers AS m "
        "WHERE m.organization_id = $1 AND m.merged_into = o.id "
        "AND m.stripe_customer_id IS NOT NULL OFFSET 0) AS s ON true "
        "WHERE o.organization_id = $1 AND o.id = ANY ($2) AND o.merged_into IS NULL "
        "GROUP BY o.id) AS d WHERE c.organization_id = $1 AND c.id = d.id "
        "AND c.archived_at IS DISTINCT FROM LEAST(c.archived_here_at, d.gone_at)",
        {UUIDOID, UUIDARRAYOID}};
    if (!customers.empty()) {
        pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    }
}

} // namespace billing::customers
