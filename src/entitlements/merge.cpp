#include "entitlements/merge.hpp"

#include "entitlements/pool_changes.hpp"
#include "entitlements/resolver.hpp"
#include "pg/writing.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

int64_t saturated_sum(int64_t a, int64_t b) {
    int64_t out = 0;
    return __builtin_add_overflow(a, b, &out) ? core::kNever : out;
}

AccessRows lock_all(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                    core::Instant now) {
    std::vector<AccessKey> keys;
    for (const auto &[key, row] : load_rows(organization, customers, {}, pg::Access::write)) {
        keys.push_back(key);
    }
    AccessRows rows = keys.empty() ? AccessRows{} : lock_rows(organization, keys);
    for (auto &[key, row] : rows) {
        row.counter = settle(row.resolution, row.counter, row.resolution, now);
    }
    return rows;
}

void add_counters(AccessRow &to, const AccessRow &from) {
    to.counter.used = saturated_sum(to.counter.used, from.counter.used);
    to.holds.total = saturated_sum(to.holds.total, from.holds.total);
    to.holds.until = std::min(to.holds.until, from.holds.until);
    to.leased = saturated_sum(to.leased, from.leased);
    to.credit_units = saturated_sum(to.credit_units, from.credit_units);
    const core::Decimal one = core::Decimal::from_int(1);
    to.prepaid += from.prepaid;
    if (to.prepaid >= one) {
        to.prepaid -= one;
    }
}

void move_counters(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to,
                   core::Instant now) {
    static pg::Plan remove{"DELETE FROM billing_internal.access "
                           "WHERE organization_id = $1 AND customer_id = $2",
                           {UUIDOID, UUIDOID}};
    const AccessRows rows = lock_all(organization, {from, to}, now);
    AccessRows moved;
    AccessRows left;
    for (const auto &[key, row] : rows) {
        if (key.customer != from) {
            continue;
        }
        const AccessKey kept{to, key.feature_key};
        const auto other = rows.find(kept);
        AccessRow &sum = moved[kept] = other == rows.end() ? row : other->second;
        if (other != rows.end()) {
            add_counters(sum, row);
        }
        // The records of both stay as they are: the new epoch begins with what they counted.
        sum.counter.epoch = std::max({sum.counter.epoch + 1, row.counter.epoch + 1, now});
        left[key].resolution.allowed = false;
        left[key].counter.epoch = sum.counter.epoch;
    }
    const size_t gone = pg::run_writing(remove, pg::Params(organization, from), "access").size();
    pg::require_stored("access", std::min(gone, moved.size()), moved.size());
    if (!moved.empty()) {
        update_rows(organization, moved);
        append_sums(organization, moved, now);
        append_sums(organization, left, now);
    }
}

// Nothing is left with `from` but alerts of which `to` has the same.
void require_moved(const pg::Params &params) {
    static pg::Plan plan{
        "SELECT 'usage_records' WHERE EXISTS (SELECT 1 FROM billing_internal.usage_records "
        "WHERE organization_id = $1 AND customer_id = $2) UNION ALL "
        "SELECT 'overrides' WHERE EXISTS (SELECT 1 FROM billing_internal.overrides "
        "WHERE organization_id = $1 AND customer_id = $2) UNION ALL "
        "SELECT 'reservations' WHERE EXISTS (SELECT 1 FROM billing_internal.reservations "
        "WHERE organization_id = $1 AND customer_id = $2) UNION ALL "
        "SELECT 'entitlement_summaries' WHERE EXISTS (SELECT 1 "
        "FROM billing_internal.entitlement_summaries WHERE organization_id = $1 "
        "AND customer_id = $2) UNION ALL SELECT 'usage_alerts' WHERE EXISTS (SELECT 1 "
        "FROM billing_internal.usage_alerts AS u WHERE u.organization_id = $1 "
        "AND u.customer_id = $2 AND NOT EXISTS (SELECT 1 FROM billing_internal.usage_alerts AS k "
        "WHERE k.organization_id = $1 AND k.customer_id = $3 AND k.feature_key = u.feature_key "
        "AND k.stretch = u.stretch AND k.percent = u.percent))",
        {UUIDOID, UUIDOID, UUIDOID}};
    const pg::Result left = pg::run(plan, params, pg::Access::write);
    for (size_t i = 0; i < left.size(); ++i) {
        const std::string table = left[i].text(0);
        // What somebody else did meanwhile is no trigger's doing.
        if (pg::is_watched(table.c_str())) {
            pg::throw_not_stored(table.c_str(), "some were not moved to another customer");
        }
    }
}

// What has a key that `to` has used as well loses it.
void move_records(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to) {
    static pg::Plan usage{
        "UPDATE billing_internal.usage_records AS u SET customer_id = $3, "
        "first_customer_id = COALESCE(u.first_customer_id, $2), "
        "idempotency_key = CASE WHEN EXISTS (SELECT 1 FROM billing_internal.usage_records AS k "
        "WHERE k.organization_id = $1 AND k.customer_id = $3 AND k.feature_key = u.feature_key "
        "AND k.idempotency_key = u.idempotency_key) THEN NULL ELSE u.idempotency_key END "
        "WHERE u.organization_id = $1 AND u.customer_id = $2",
        {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan overrides{
        "UPDATE billing_internal.overrides AS u SET customer_id = $3, "
        "first_customer_id = COALESCE(u.first_customer_id, $2), "
        "idempotency_key = CASE WHEN EXISTS (SELECT 1 FROM billing_internal.overrides AS k "
        "WHERE k.organization_id = $1 AND k.customer_id = $3 AND k.feature_key = u.feature_key "
        "AND k.idempotency_key = u.idempotency_key) THEN NULL ELSE u.idempotency_key END "
        "WHERE u.organization_id = $1 AND u.customer_id = $2",
        {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan reservations{
        "UPDATE billing_internal.reservations AS u SET customer_id = $3, "
        "first_customer_id = COALESCE(u.first_customer_id, $2), "
        "idempotency_key = CASE WHEN EXISTS (SELECT 1 FROM billing_internal.reservations AS k "
        "WHERE k.organization_id = $1 AND k.customer_id = $3 AND k.feature_key = u.feature_key "
        "AND k.idempotency_key = u.idempotency_key) THEN NULL ELSE u.idempotency_key END "
        "WHERE u.organization_id = $1 AND u.customer_id = $2",
        {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan summaries{"UPDATE billing_internal.entitlement_summaries SET customer_id = $3, "
                              "first_customer_id = COALESCE(first_customer_id, $2) "
                              "WHERE organization_id = $1 AND customer_id = $2",
                              {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan alerts{
        "UPDATE billing_internal.usage_alerts AS u SET customer_id = $3 "
        "WHERE u.organization_id = $1 AND u.customer_id = $2 "
        "AND NOT EXISTS (SELECT 1 FROM billing_internal.usage_alerts AS k "
        "WHERE k.organization_id = $1 AND k.customer_id = $3 AND k.feature_key = u.feature_key "
        "AND k.stretch = u.stretch AND k.percent = u.percent)",
        {UUIDOID, UUIDOID, UUIDOID}};
    const pg::Params params(organization, from, to);
    pg::run_writing(usage, params, "usage_records");
    pg::run_writing(overrides, params, "overrides");
    pg::run_writing(reservations, params, "reservations");
    pg::run_writing(summaries, params, "entitlement_summaries");
    pg::run_writing(alerts, params, "usage_alerts");
    require_moved(params);
}

} // namespace

void move_holdings(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to,
                   core::Instant now) {
    lock_customers(organization, {std::min(from, to), std::max(from, to)});
    move_counters(organization, from, to, now);
    move_records(organization, from, to);
}

} // namespace billing::entitlements
