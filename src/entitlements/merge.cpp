#include "entitlements/merge.hpp"

#include "entitlements/pool_changes.hpp"
#include "entitlements/resolver.hpp"
#include "pg/writing.hpp"

#include <algorithm>
#include <map>

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

// Where `to` has counted nothing, its counter goes on as that of `from` did.
void add_counters(AccessRow &to, const AccessRow &from) {
    if (to.counter.used == 0 && from.counter.used != 0) {
        to.counter.period = from.counter.period;
        to.resolution.reset = from.resolution.reset;
        to.resolution.anchor = from.resolution.anchor;
        to.resolution.billing = from.resolution.billing;
        to.resolution.billing_of = from.resolution.billing_of;
    }
    to.counter.used = saturated_sum(to.counter.used, from.counter.used);
    to.holds.total = saturated_sum(to.holds.total, from.holds.total);
    to.holds.until = std::min(to.holds.until, from.holds.until);
    to.leased = saturated_sum(to.leased, from.leased);
    to.credit_units = saturated_sum(to.credit_units, from.credit_units);
    to.prepaid += from.prepaid;
}

// Of each feature that `from` ever counted on a pool, the last epoch.
std::map<std::string, core::Instant> counted_by(const pg::Uuid &organization,
                                                const pg::Uuid &from) {
    static pg::Plan plan{
        "SELECT f.key, r.epoch FROM billing_internal.features AS f JOIN LATERAL ("
        "SELECT u.epoch FROM billing_internal.usage_records AS u WHERE u.organization_id = $1 "
        "AND u.customer_id = $2 AND u.feature_key = f.key AND u.pooled <> 0 "
        "ORDER BY u.recorded_at DESC, u.epoch DESC LIMIT 1) AS r ON true "
        "WHERE f.organization_id = $1",
        {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, from), pg::Access::write);
    std::map<std::string, core::Instant> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        out[rows[i].text(0)] = rows[i].instant(1);
    }
    return out;
}

// What becomes of the counters of two customers.
struct Counters {
    AccessRows sums; // of `to` from now on, each in a new epoch
    AccessRows ends; // of `from`, and of what neither counts any more
    AccessRows stay; // of `to` alone: only the past has to know that they are of before
};

// The records of both stay as they are: a new epoch begins with what they counted, also where only
// `from` has old ones, which are the newest of a customer who has both.
Counters add_up(const AccessRows &rows, const std::map<std::string, core::Instant> &counted,
                const pg::Uuid &from, const pg::Uuid &to, core::Instant now) {
    Counters out;
    for (const auto &[key, row] : rows) {
        const AccessKey kept{to, key.feature_key};
        const auto old = counted.find(key.feature_key);
        if (key.customer == from) {
            const auto other = rows.find(kept);
            AccessRow &sum = out.sums[kept] = other == rows.end() ? row : other->second;
            if (other != rows.end()) {
                add_counters(sum, row);
            }
            sum.counter.epoch = std::max({sum.counter.epoch + 1, row.counter.epoch + 1, now});
            out.ends[key].resolution.allowed = false;
            out.ends[key].counter.epoch = sum.counter.epoch;
        } else if (rows.count({from, key.feature_key}) > 0) {
            continue; // it is in the sum
        } else if (old != counted.end()) {
            AccessRow &sum = out.sums[kept] = row;
            sum.counter.epoch = std::max({row.counter.epoch + 1, old->second + 1, now});
        } else if (row.counter.used != 0) {
            out.stay[kept] = row;
        }
    }
    for (const auto &[feature, epoch] : counted) {
        const AccessKey kept{to, feature};
        if (out.sums.count(kept) == 0) {
            out.ends[kept].resolution.allowed = false;
            out.ends[kept].counter.epoch = std::max(epoch + 1, now);
        }
    }
    return out;
}

void move_counters(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to,
                   core::Instant now) {
    static pg::Plan remove{"DELETE FROM billing_internal.access "
                           "WHERE organization_id = $1 AND customer_id = $2",
                           {UUIDOID, UUIDOID}};
    const AccessRows rows = lock_all(organization, {from, to}, now);
    const Counters counters = add_up(rows, counted_by(organization, from), from, to, now);
    const auto there = static_cast<size_t>(std::count_if(
        rows.begin(), rows.end(), [&from](const auto &one) { return one.first.customer == from; }));
    const size_t gone = pg::run_writing(remove, pg::Params(organization, from), "access").size();
    pg::require_stored("access", std::min(gone, there), there);
    update_rows(organization, counters.sums);
    append_sums(organization, counters.sums, now);
    append_sums(organization, counters.ends, now);
    append_changes(organization, counters.stay, now);
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
