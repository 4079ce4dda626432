#include "stripe/belongings.hpp"

#include "entitlements/merge.hpp"

namespace billing::stripe {

Belongings move_belongings(const pg::Uuid &organization, const customers::Merge &merge,
                           core::Instant now) {
    static pg::Plan subscriptions{
        "UPDATE billing_internal.subscriptions SET customer_id = $3, "
        "first_customer_id = COALESCE(first_customer_id, $2) "
        "WHERE organization_id = $1 AND customer_id = $2 RETURNING stripe_subscription_id",
        {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan invoices{
        "UPDATE billing_internal.invoices SET customer_id = $3 "
        "WHERE organization_id = $1 AND customer_id = $2 RETURNING stripe_invoice_id",
        {UUIDOID, UUIDOID, UUIDOID}};
    const pg::Params params(organization, merge.from, merge.to);
    const auto ids_of = [&params](pg::Plan &plan) {
        std::vector<std::string> ids;
        const pg::Result rows = pg::run(plan, params, pg::Access::write);
        for (size_t i = 0; i < rows.size(); ++i) {
            ids.push_back(rows[i].text(0));
        }
        return ids;
    };
    Belongings moved{ids_of(subscriptions), ids_of(invoices)};
    entitlements::move_holdings(organization, merge.from, merge.to, now);
    return moved;
}

} // namespace billing::stripe
