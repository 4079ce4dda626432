#include "entitlements/summaries.hpp"

#include "pg/writing.hpp"

namespace billing::entitlements {

void store_summary(const pg::Uuid &organization, const EntitlementSummary &summary) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.entitlement_summaries (organization_id, customer_id, "
        "stripe_customer_id, created, event_id, feature_keys, complete) "
        "VALUES ($1, $2, $3, $4, $5, $7, $6) ON CONFLICT DO NOTHING",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, BOOLOID, TEXTARRAYOID}};
    static pg::Plan there =
        plan.with("SELECT FROM billing_internal.entitlement_summaries WHERE organization_id = $1 "
                  "AND customer_id = $2 AND stripe_customer_id = $3 AND created = $4 "
                  "AND event_id = $5");
    pg::Params params(organization, summary.customer, summary.stripe_customer,
                      pg::Timestamp{summary.created}, summary.event_id, summary.complete);
    pg::Columns keys({TEXTOID});
    for (const std::string &key : summary.keys) {
        keys.row(key);
    }
    keys.append_to(params);
    pg::write_once(plan, there, params, "entitlement_summaries");
}

} // namespace billing::entitlements
