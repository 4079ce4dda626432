#include "entitlements/holdings_past.hpp"

#include "entitlements/overrides.hpp"

namespace billing::entitlements {

namespace {

using Periods = std::map<pg::Uuid, core::QuotaPeriod>;

// The subscription shows the first start and the last end of its items.
Periods load_periods(const pg::Uuid &organization, const std::vector<pg::Uuid> &subscriptions,
                     core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT u.id, COALESCE((SELECT min((i.item ->> 'current_period_start')::bigint) "
        "FROM json_array_elements(v.snapshot -> 'items' -> 'data') AS i (item)), "
        "(v.snapshot ->> 'current_period_start')::bigint), "
        "COALESCE((SELECT max((i.item ->> 'current_period_end')::bigint) "
        "FROM json_array_elements(v.snapshot -> 'items' -> 'data') AS i (item)), "
        "(v.snapshot ->> 'current_period_end')::bigint) "
        "FROM unnest($2::uuid[]) AS u (id) CROSS JOIN LATERAL ("
        "SELECT s.snapshot FROM billing_internal.subscription_versions AS s "
        "WHERE s.organization_id = $1 AND s.subscription_id = u.id AND s.created <= $3 "
        "ORDER BY s.created DESC, s.rank DESC, s.event_id DESC LIMIT 1) AS v",
        {UUIDOID, UUIDARRAYOID, TIMESTAMPTZOID}};
    pg::Params params = pg::keyed(organization, subscriptions);
    params.add(pg::Timestamp{at});
    const pg::Result rows = pg::run(plan, params, access);
    Periods out;
    for (size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].is_null(1) && !rows[i].is_null(2)) {
            out[rows[i].uuid(0)] = {core::from_unix(rows[i].i64(1)),
                                    core::from_unix(rows[i].i64(2))};
        }
    }
    return out;
}

} // namespace

Plans load_past_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                      const Keys &keys, core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND (p.product_id = ANY ($2) OR p.product_id IS NULL) "
        "AND p.updated_at <= $4 AND ($3 IS NULL OR f.key = ANY ($3)) UNION ALL "
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features_past AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND (p.product_id = ANY ($2) OR p.product_id IS NULL) "
        "AND p.valid_from <= $4 AND p.valid_to > $4 AND ($3 IS NULL OR f.key = ANY ($3))",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};
    pg::Params params = pg::keyed(organization, products);
    append_keys(params, keys);
    params.add(pg::Timestamp{at});
    return read_plans(pg::run(plan, params, access));
}

Credits load_past_credits(const pg::Uuid &organization, const Keys &keys, core::Instant at,
                          pg::Access access) {
    static pg::Plan plan{
        "SELECT f.key, f.credit_key, f.credit_cost FROM billing_internal.features AS f "
        "WHERE f.organization_id = $1 AND f.credit_key IS NOT NULL AND f.credit_since <= $3 "
        "AND ($2 IS NULL OR f.key = ANY ($2) OR f.credit_key = ANY ($2)) UNION ALL "
        "SELECT c.feature_key, c.credit_key, c.credit_cost "
        "FROM billing_internal.credit_costs_past AS c "
        "WHERE c.organization_id = $1 AND c.valid_from <= $3 AND c.valid_to > $3 "
        "AND ($2 IS NULL OR c.feature_key = ANY ($2) OR c.credit_key = ANY ($2))",
        {UUIDOID, TEXTARRAYOID, TIMESTAMPTZOID}};
    pg::Params params(organization);
    append_keys(params, keys);
    params.add(pg::Timestamp{at});
    return read_credits(pg::run(plan, params, access));
}

void put_past_periods(const pg::Uuid &organization, Holder &holder, core::Instant at,
                      pg::Access access) {
    std::vector<pg::Uuid> subscriptions;
    for (const Grant &grant : holder.grants) {
        subscriptions.push_back(grant.subscription);
    }
    if (subscriptions.empty()) {
        return;
    }
    const Periods periods = load_periods(organization, subscriptions, at, access);
    for (Grant &grant : holder.grants) {
        const auto period = periods.find(grant.subscription);
        grant.billing = period == periods.end() ? std::nullopt : std::optional(period->second);
    }
}

} // namespace billing::entitlements
