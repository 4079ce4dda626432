#include "entitlements/usage_verify.hpp"

#include "entitlements/overrides.hpp"

#include <map>

namespace billing::entitlements {

namespace {

// Columns: customer_id, feature_key, the grant's id, stored, logged.
void append(std::vector<UsageDifference> &out, std::string_view counter, const pg::Result &rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back({counter, rows[i].uuid(0), rows[i].text(1), rows[i].uuid_or_null(2),
                       rows[i].i64_or_null(3), rows[i].i64(4)});
    }
}

// Each pool's counter, with what its slots used, is the sum of its epoch and of what a merge began
// that with. Without a counter nothing is used that counts still.
void compare_pools(const pg::Uuid &organization, std::vector<UsageDifference> &out) {
    static pg::Plan plan{
        "WITH log AS (SELECT r.customer_id, r.feature_key, r.epoch, sum(r.pooled)::bigint AS used, "
        "bool_or(r.period_end IS NULL OR r.period_end > $2) AS runs, "
        "max(r.recorded_at) AS last_at FROM billing_internal.usage_records AS r "
        "WHERE r.organization_id = $1 AND r.granted <> 0 GROUP BY 1, 2, 3), "
        "newest AS (SELECT DISTINCT ON (customer_id, feature_key) * FROM log "
        "ORDER BY customer_id, feature_key, last_at DESC, epoch DESC) "
        "SELECT a.customer_id, a.feature_key, NULL::uuid, a.used, a.counted + COALESCE(l.used, 0) "
        "FROM (SELECT t.customer_id, t.feature_key, t.epoch, "
        "COALESCE((SELECT max(c.counted) FROM billing_internal.pool_changes AS c "
        "WHERE c.organization_id = $1 AND c.customer_id = t.customer_id "
        "AND c.feature_key = t.feature_key AND c.epoch = t.epoch), 0) AS counted, "
        "t.used + CASE WHEN t.leased > 0 "
        "THEN (SELECT sum(s.used)::bigint FROM billing_internal.usage_slots AS s "
        "WHERE s.organization_id = $1 AND s.customer_id = t.customer_id "
        "AND s.feature_key = t.feature_key) ELSE 0 END AS used "
        "FROM billing_internal.access AS t WHERE t.organization_id = $1) AS a "
        "LEFT JOIN log AS l ON l.customer_id = a.customer_id "
        "AND l.feature_key = a.feature_key AND l.epoch = a.epoch "
        "WHERE a.used <> a.counted + COALESCE(l.used, 0) UNION ALL "
        "SELECT n.customer_id, n.feature_key, NULL, NULL, n.used FROM newest AS n "
        "WHERE n.used <> 0 AND n.runs AND NOT EXISTS (SELECT 1 FROM billing_internal.access AS a "
        "WHERE a.organization_id = $1 AND a.customer_id = n.customer_id "
        "AND a.feature_key = n.feature_key) ORDER BY 1, 2",
        {UUIDOID, TIMESTAMPTZOID}};
    append(out, "access.used",
           pg::run(plan, pg::Params(organization, pg::Timestamp{pg::transaction_start()}),
                   pg::Access::read));
}

// What a pool has lent is what its slots were lent.
void compare_slots(const pg::Uuid &organization, std::vector<UsageDifference> &out) {
    static pg::Plan plan{
        "SELECT l.customer_id, l.feature_key, NULL::uuid, sum(l.leased)::bigint, "
        "sum(l.lent)::bigint FROM (SELECT a.customer_id, a.feature_key, a.leased, 0::bigint AS "
        "lent "
        "FROM billing_internal.access AS a WHERE a.organization_id = $1 AND a.leased <> 0 "
        "UNION ALL SELECT s.customer_id, s.feature_key, 0, s.lent "
        "FROM billing_internal.usage_slots AS s WHERE s.organization_id = $1) AS l "
        "GROUP BY 1, 2 HAVING sum(l.leased) <> sum(l.lent) ORDER BY 1, 2",
        {UUIDOID}};
    append(out, "access.leased", pg::run(plan, pg::Params(organization), pg::Access::read));
}

// What neither pool nor grants counted was paid by credits. All that was ever used may be more than
// a bigint holds; what credits paid for is not.
void compare_credits(const pg::Uuid &organization, std::vector<UsageDifference> &out) {
    static pg::Plan plan{
        "SELECT c.customer_id, c.feature_key, NULL::uuid, sum(c.stored)::bigint, "
        "sum(c.logged)::bigint FROM ("
        "SELECT a.customer_id, a.feature_key, a.credit_units AS stored, 0::numeric AS logged "
        "FROM billing_internal.access AS a WHERE a.organization_id = $1 AND a.credit_units <> 0 "
        "UNION ALL SELECT r.customer_id, r.feature_key, 0, sum(r.granted - r.pooled) "
        "FROM billing_internal.usage_records AS r WHERE r.organization_id = $1 "
        "AND r.granted <> r.pooled GROUP BY 1, 2 "
        "UNION ALL SELECT o.customer_id, o.feature_key, 0, -sum(b.quantity) "
        "FROM billing_internal.usage_burns AS b JOIN billing_internal.overrides AS o "
        "ON o.organization_id = $1 AND o.id = b.override_id WHERE b.organization_id = $1 "
        "GROUP BY 1, 2) AS c GROUP BY 1, 2 HAVING sum(c.stored) <> sum(c.logged) ORDER BY 1, 2",
        {UUIDOID}};
    append(out, "access.credit_units", pg::run(plan, pg::Params(organization), pg::Access::read));
}

void compare_grants(const pg::Uuid &organization, std::vector<UsageDifference> &out) {
    static pg::Plan plan{
        "SELECT o.customer_id, o.feature_key, o.id, o.used, COALESCE(b.used, 0) "
        "FROM billing_internal.overrides AS o LEFT JOIN (SELECT override_id, epoch, "
        "sum(quantity)::bigint AS used FROM billing_internal.usage_burns "
        "WHERE organization_id = $1 GROUP BY 1, 2) AS b ON b.override_id = o.id "
        "AND b.epoch = o.epoch WHERE o.organization_id = $1 "
        "AND o.used <> COALESCE(b.used, 0) ORDER BY 1, 2, 3",
        {UUIDOID}};
    append(out, "overrides.used", pg::run(plan, pg::Params(organization), pg::Access::read));
}

struct Carrying {
    pg::Uuid customer;
    Override stored;
    std::map<core::Instant, int64_t> burned; // by epoch
};

// Those that carry over what is left, and whose periods the calendar tells.
std::map<pg::Uuid, Carrying> load_carrying(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT o.id, o.customer_id, b.epoch, sum(b.quantity)::bigint "
        "FROM billing_internal.overrides AS o LEFT JOIN billing_internal.usage_burns AS b "
        "ON b.organization_id = $1 AND b.override_id = o.id WHERE o.organization_id = $1 "
        "AND o.rollover_max > 0 AND o.reset_interval <> 'billing_period' GROUP BY 1, 2, 3",
        {UUIDOID}};
    std::map<pg::Uuid, Carrying> out;
    std::vector<pg::Uuid> ids;
    {
        const pg::Result rows = pg::run(plan, pg::Params(organization), pg::Access::read);
        for (size_t i = 0; i < rows.size(); ++i) {
            Carrying &one = out[rows[i].uuid(0)];
            one.customer = rows[i].uuid(1);
            if (!rows[i].is_null(2)) {
                one.burned[rows[i].instant(2)] = rows[i].i64(3);
            }
        }
    }
    for (const auto &[id, one] : out) {
        ids.push_back(id);
    }
    for (Override &one : load_overrides_by_id(organization, ids, pg::Access::read)) {
        out[one.id].stored = std::move(one);
    }
    return out;
}

// Each epoch begins with what the ones before it left.
int64_t carried_by_log(const Carrying &carrying, core::Instant at) {
    Override one = carrying.stored;
    one.balance.used = 0;
    one.balance.carried = 0;
    one.period_start = one.period_at(one.balance.created).start;
    for (const auto &[epoch, burned] : carrying.burned) {
        one.roll_to(epoch);
        one.balance.used += burned;
    }
    one.roll_to(at);
    return one.balance.carried;
}

void compare_carried(const pg::Uuid &organization, std::vector<UsageDifference> &out) {
    const core::Instant now = pg::transaction_start();
    for (const auto &[id, one] : load_carrying(organization)) {
        Override rolled = one.stored;
        rolled.roll_to(now);
        const int64_t logged = carried_by_log(one, now);
        if (rolled.balance.carried != logged) {
            out.push_back({"overrides.carried", one.customer, one.stored.feature_key, id,
                           rolled.balance.carried, logged});
        }
    }
}

} // namespace

std::vector<UsageDifference> usage_differences(const pg::Uuid &organization) {
    std::vector<UsageDifference> out;
    compare_pools(organization, out);
    compare_slots(organization, out);
    compare_grants(organization, out);
    compare_carried(organization, out);
    compare_credits(organization, out);
    return out;
}

} // namespace billing::entitlements
