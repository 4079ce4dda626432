#include "entitlements/overrides.hpp"

#include "pg/writing.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

// Columns from `first` on: id, subscription_id, feature_key, kind, what, value, reset_interval,
// rollover_max, the end, quota, carried, used, priority, expires_at, created_at, period_start,
// epoch, and the subscription's current period.
Override read_override(const pg::Row &row, int first) {
    Override out;
    out.id = row.uuid(first);
    out.subscription = row.uuid_or_null(first + 1);
    out.feature_key = row.text(first + 2);
    out.kind = pg::known(catalog::kind_from(row.text(first + 3)));
    out.what = pg::known(what_from(row.text(first + 4)));
    if (!row.is_null(first + 5)) {
        out.value = row.json(first + 5);
    }
    out.reset = pg::known(core::reset_interval_from(row.text(first + 6)));
    out.rollover_max = row.i64(first + 7);
    out.ends = row.instant_or_null(first + 8).value_or(core::kNever);
    core::Balance &balance = out.balance;
    balance.quota = row.i64_or_null(first + 9);
    balance.carried = row.i64(first + 10);
    balance.used = row.i64(first + 11);
    balance.priority = row.i32(first + 12);
    balance.expires = row.instant_or_null(first + 13).value_or(core::kNever);
    balance.created = row.instant(first + 14);
    balance.id = out.id.bytes;
    out.period_start = row.instant_or_null(first + 15).value_or(core::kBeginning);
    out.epoch = row.instant(first + 16);
    if (!row.is_null(first + 17) && !row.is_null(first + 18)) {
        out.billing = core::QuotaPeriod{row.instant(first + 17), row.instant(first + 18)};
    }
    return out;
}

} // namespace

void append_keys(pg::Params &params, const std::vector<std::string> &keys) {
    if (keys.empty()) {
        params.add(pg::Null{});
        return;
    }
    pg::Columns column({TEXTOID});
    for (const std::string &key : keys) {
        column.row(key);
    }
    column.append_to(params);
}

std::vector<std::pair<pg::Uuid, Override>> load_overrides(const pg::Uuid &organization,
                                                          const std::vector<pg::Uuid> &customers,
                                                          const std::vector<std::string> &keys,
                                                          core::Instant at, pg::Access access,
                                                          const Firsts &firsts) {
    static pg::Plan plan{
        "SELECT o.customer_id, o.id, o.subscription_id, o.feature_key, f.kind, o.what, o.value, "
        "o.reset_interval, o.rollover_max, LEAST(o.expires_at, o.revoked_at), o.quota, o.carried, "
        "o.used, o.priority, o.expires_at, o.created_at, o.period_start, o.epoch, "
        "s.current_period_start, s.current_period_end FROM billing_internal.overrides AS o "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.key = o.feature_key "
        "LEFT JOIN LATERAL (SELECT * FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.id = o.subscription_id OFFSET 0) AS s ON true "
        "WHERE o.organization_id = $1 AND o.customer_id = ANY ($3) "
        "AND (o.expires_at IS NULL OR o.expires_at > $2) "
        "AND (o.revoked_at IS NULL OR o.revoked_at > $2) "
        "AND ($4 IS NULL OR o.feature_key = ANY ($4)) "
        "AND ($5 IS NULL OR COALESCE(o.first_customer_id, o.customer_id) = ANY ($5))",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID, TEXTARRAYOID, UUIDARRAYOID}};
    pg::Params params(organization, pg::Timestamp{at});
    pg::Columns ids({UUIDOID});
    for (const pg::Uuid &customer : customers) {
        ids.row(customer);
    }
    ids.append_to(params);
    append_keys(params, keys);
    append_firsts(params, firsts);
    const pg::Result rows = pg::run(plan, params, access);
    std::vector<std::pair<pg::Uuid, Override>> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        out.emplace_back(rows[i].uuid(0), read_override(rows[i], 1));
    }
    return out;
}

std::vector<Override> load_overrides_by_id(const pg::Uuid &organization,
                                           const std::vector<pg::Uuid> &ids, pg::Access access) {
    static pg::Plan plan{
        "SELECT o.id, o.subscription_id, o.feature_key, f.kind, o.what, o.value, "
        "o.reset_interval, o.rollover_max, LEAST(o.expires_at, o.revoked_at), o.quota, o.carried, "
        "o.used, o.priority, o.expires_at, o.created_at, o.period_start, o.epoch, "
        "s.current_period_start, s.current_period_end FROM billing_internal.overrides AS o "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.key = o.feature_key "
        "LEFT JOIN LATERAL (SELECT * FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.id = o.subscription_id OFFSET 0) AS s ON true "
        "WHERE o.organization_id = $1 AND o.id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    std::vector<Override> out;
    if (ids.empty()) {
        return out;
    }
    const pg::Result rows = pg::run(plan, pg::keyed(organization, ids), access);
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back(read_override(rows[i], 0));
    }
    return out;
}

void store_balance(const pg::Uuid &organization, const Override &one) {
    static pg::Plan plan{"UPDATE billing_internal.overrides SET used = $3, carried = $4, "
                         "period_start = $5, epoch = $6 WHERE organization_id = $1 AND id = $2 "
                         "RETURNING (used, carried, period_start, epoch) IS NOT DISTINCT FROM "
                         "($3, $4, $5, $6)",
                         {UUIDOID, UUIDOID, INT8OID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    pg::write(plan,
              pg::Params(organization, one.id, one.balance.used, one.balance.carried,
                         pg::bound(one.period_start), pg::Timestamp{one.epoch}),
              "overrides");
}

} // namespace billing::entitlements
