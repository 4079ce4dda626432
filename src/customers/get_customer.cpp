#include "customers/references.hpp"
#include "pg/function.hpp"
#include "pg/planning.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::customers {

namespace {

// The columns of the views, as one document; subscriptions newest first.
std::string document_of(const pg::Uuid &organization, const pg::Uuid &customer) {
    static pg::Plan plan{
        "SELECT jsonb_build_object('id', c.id, 'organization_id', c.organization_id, "
        "'external_id', c.external_id, 'stripe_customer_id', c.stripe_customer_id, "
        "'email', c.email, 'name', c.name, 'metadata', c.metadata, 'currency', c.currency, "
        "'status', CASE WHEN c.archived_at IS NULL THEN 'active' ELSE 'archived' END, "
        "'stripe_status', c.stripe_status, 'stripe_error', c.stripe_error, "
        "'created_at', c.created_at, 'updated_at', c.updated_at, 'archived_at', c.archived_at, "
        "'merged_into', c.merged_into, 'subscriptions', coalesce(s.all_of_them, '[]')) "
        "FROM billing_internal.customers AS c LEFT JOIN LATERAL ("
        "SELECT jsonb_agg(jsonb_build_object('id', t.id, 'organization_id', t.organization_id, "
        "'customer_id', t.customer_id, 'stripe_subscription_id', t.stripe_subscription_id, "
        "'status', t.status, 'currency', t.currency, 'start_date', t.start_date, "
        "'trial_end', t.trial_end, 'current_period_start', t.current_period_start, "
        "'current_period_end', t.current_period_end, 'ends_at', t.ends_at, "
        "'ended_at', t.ended_at, 'mrr', ("
        "SELECT coalesce(round(round(sum(m.new_mrr - m.old_mrr), 6), 0), 0)::bigint "
        "FROM billing_internal.mrr_changes AS m WHERE m.organization_id = $1 "
        "AND m.subscription_id = t.id AND m.effective_at <= $3), "
        "'created_at', t.created_at, 'updated_at', t.updated_at, 'items', ("
        "SELECT coalesce(jsonb_agg(jsonb_build_object('organization_id', i.organization_id, "
        "'subscription_id', i.subscription_id, 'stripe_item_id', i.stripe_item_id, "
        "'price_id', i.price_id, 'product_id', i.product_id, 'quantity', i.quantity, "
        "'current_period_start', i.current_period_start, "
        "'current_period_end', i.current_period_end) ORDER BY i.stripe_item_id), '[]') "
        "FROM billing_internal.subscription_items AS i WHERE i.organization_id = $1 "
        "AND i.subscription_id = t.id)) ORDER BY t.created_at DESC, t.id DESC) AS all_of_them "
        "FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.customer_id = c.id OFFSET 0) AS s ON true "
        "WHERE c.organization_id = $1 AND c.id = $2",
        {UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, customer, pg::Timestamp{pg::transaction_start()}),
                pg::Access::read);
    return rows[0].json(0);
}

} // namespace

PG_BILLING_FUNCTION(billing_get_customer, read) {
    const pg::Args args(fcinfo);
    const std::string reference = args.text(0, "customer");
    std::string document;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        const pg::Uuid organization = current_organization();
        document =
            document_of(organization, get_customer(organization, reference, pg::Access::read));
    }
    return pg::to_datum(pg::JsonbText{document});
}

} // namespace billing::customers
