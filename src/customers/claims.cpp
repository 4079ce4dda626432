#include "customers/claims.hpp"

#include "customers/taking.hpp"

namespace billing::customers {

void take_claimants(const pg::Uuid &organization, const std::vector<std::string> &external_ids) {
    static pg::Plan plan{
        "SELECT c.id FROM billing_internal.customers AS c "
        "WHERE c.organization_id = $1 AND c.external_id = ANY ($2) AND NOT c.external_id_set_here "
        "UNION SELECT o.id FROM billing_internal.customers AS o "
        "WHERE o.organization_id = $1 AND o.claimed_external_id = ANY ($2) "
        "AND NOT o.external_id_set_here",
        {UUIDOID, TEXTARRAYOID}};
    if (external_ids.empty()) {
        return;
    }
    std::vector<pg::Uuid> claimants;
    {
        const pg::Result rows =
            pg::run(plan, pg::keyed(organization, external_ids), pg::Access::write);
        for (size_t i = 0; i < rows.size(); ++i) {
            claimants.push_back(rows[i].uuid(0));
        }
    }
    take(organization, std::move(claimants), Hold::keys);
}

void settle_claims(const pg::Uuid &organization, const std::vector<std::string> &external_ids) {
    static pg::Plan clear{"UPDATE billing_internal.customers SET external_id = NULL "
                          "WHERE organization_id = $1 AND external_id = ANY ($2) "
                          "AND NOT external_id_set_here",
                          {UUIDOID, TEXTARRAYOID}};
    static pg::Plan give{
        "UPDATE billing_internal.customers AS c SET external_id = w.claimed_external_id "
        "FROM (SELECT DISTINCT ON (o.claimed_external_id) o.claimed_external_id, o.id "
        "FROM billing_internal.customers AS o "
        "WHERE o.organization_id = $1 AND o.claimed_external_id = ANY ($2) "
        "AND NOT o.external_id_set_here AND o.merged_into IS NULL "
        "ORDER BY o.claimed_external_id, o.created_at NULLS LAST, o.stripe_customer_id) AS w "
        "WHERE c.organization_id = $1 AND c.id = w.id AND NOT EXISTS ("
        "SELECT 1 FROM billing_internal.customers AS local WHERE local.organization_id = $1 "
        "AND local.external_id = w.claimed_external_id)",
        {UUIDOID, TEXTARRAYOID}};
    if (external_ids.empty()) {
        return;
    }
    const pg::Params params = pg::keyed(organization, external_ids);
    pg::run(clear, params, pg::Access::write);
    pg::run(give, params, pg::Access::write);
}

} // namespace billing::customers
