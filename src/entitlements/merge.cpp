#include "entitlements/merge.hpp"

#include "entitlements/access_rows.hpp"

namespace billing::entitlements {

namespace {

int64_t saturated_sum(int64_t a, int64_t b) {
    int64_t out = 0;
    return __builtin_add_overflow(a, b, &out) ? core::kNever : out;
}

AccessRows lock_all(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    std::vector<AccessKey> keys;
    for (const auto &[key, row] : load_rows(organization, customers, pg::Access::write)) {
        keys.push_back(key);
    }
    return keys.empty() ? AccessRows{} : lock_rows(organization, keys);
}

void move_counters(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to,
                   core::Instant now) {
    static pg::Plan remove{"DELETE FROM billing_internal.access "
                           "WHERE organization_id = $1 AND customer_id = $2",
                           {UUIDOID, UUIDOID}};
    AccessRows rows = lock_all(organization, {from, to});
    AccessRows inserts;
    for (auto &[key, row] : rows) {
        row.counter = settle(row.resolution, row.counter, row.resolution, now);
    }
    for (const auto &[key, row] : rows) {
        if (key.customer != from) {
            continue;
        }
        const AccessKey kept{to, key.feature_key};
        const auto other = rows.find(kept);
        if (other == rows.end()) {
            inserts[kept] = row;
            continue;
        }
        Counter sum = other->second.counter;
        sum.used = saturated_sum(sum.used, row.counter.used);
        update_counter(organization, kept, sum);
    }
    pg::run(remove, pg::Params(organization, from), pg::Access::write);
    if (!inserts.empty()) {
        insert_rows(organization, inserts);
    }
}

void move_records(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to) {
    static pg::Plan plan{
        "UPDATE billing_internal.usage_records AS u SET customer_id = $3, "
        "idempotency_key = CASE WHEN EXISTS (SELECT 1 FROM billing_internal.usage_records AS k "
        "WHERE k.organization_id = $1 AND k.customer_id = $3 AND k.feature_key = u.feature_key "
        "AND k.idempotency_key = u.idempotency_key) THEN NULL ELSE u.idempotency_key END "
        "WHERE u.organization_id = $1 AND u.customer_id = $2",
        {UUIDOID, UUIDOID, UUIDOID}};
    pg::run(plan, pg::Params(organization, from, to), pg::Access::write);
}

} // namespace

void move_usage(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to,
                core::Instant now) {
    move_counters(organization, from, to, now);
    move_records(organization, from, to);
}

} // namespace billing::entitlements
