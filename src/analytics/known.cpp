#include "analytics/known.hpp"

#include <algorithm>
#include <set>

namespace billing::analytics {

namespace {

// Ledger rows held in memory at a time, more where one customer has more.
constexpr int64_t kChunkRows = 20'000;

constexpr pg::Uuid last_uuid() {
    pg::Uuid uuid;
    uuid.bytes.fill(0xff);
    return uuid;
}

// The customer up to which a chunk that starts after `after` reaches: chunks never split one.
pg::Uuid chunk_end(const pg::Uuid &organization, const pg::Uuid &after) {
    static pg::Plan plan{"SELECT m.customer_id FROM billing_internal.mrr_changes AS m "
                         "WHERE m.organization_id = $1 AND m.customer_id > $2 "
                         "ORDER BY m.customer_id OFFSET $3 LIMIT 1",
                         {UUIDOID, UUIDOID, INT8OID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, after, kChunkRows), pg::Access::read);
    return rows.empty() ? last_uuid() : rows[0].uuid(0);
}

struct Knowledge {
    pg::Uuid organization;
    core::Instant known_at;
    core::Instant until;
};

pg::Result known_rows(const Knowledge &what, const pg::Uuid &after, const pg::Uuid &upto) {
    static pg::Plan plan{
        "SELECT k.customer_id, k.effective_at, k.currency, k.mrr, k.trial, k.committed, "
        "k.subscription_id "
        "FROM ("
        "SELECT m.customer_id, m.effective_at, m.currency, m.subscription_id, "
        "m.new_mrr - m.old_mrr AS mrr, m.new_trial_mrr - m.old_trial_mrr AS trial, "
        "m.new_committed_mrr - m.old_committed_mrr AS committed "
        "FROM billing_internal.mrr_changes AS m "
        "WHERE m.organization_id = $1 AND m.customer_id > $4 AND m.customer_id <= $5 "
        "AND m.recorded_at <= $2 AND m.effective_at <= $3 "
        "UNION ALL "
        "SELECT h.customer_id, h.effective_at, h.currency, h.subscription_id, "
        "h.new_mrr - h.old_mrr, h.new_trial_mrr - h.old_trial_mrr, "
        "h.new_committed_mrr - h.old_committed_mrr "
        "FROM billing_internal.mrr_changes_history AS h "
        "WHERE h.organization_id = $1 AND h.customer_id > $4 AND h.customer_id <= $5 "
        "AND h.recorded_at <= $2 AND h.superseded_at > $2 AND h.effective_at <= $3"
        ") AS k "
        "ORDER BY k.customer_id",
        {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID, UUIDOID}};
    return pg::run(plan,
                   pg::Params(what.organization, pg::Timestamp{what.known_at},
                              pg::Timestamp{what.until}, after, upto),
                   pg::Access::read);
}

void net_rows(const pg::Result &rows, const core::Calendar &calendar, core::Flows &out) {
    std::vector<core::LedgerPoint> points;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        core::LedgerPoint point;
        point.at = row.instant(1);
        point.currency = row.text(2);
        point.mrr = row.decimal(3);
        point.trial = row.decimal(4);
        point.committed = row.decimal(5);
        point.subscription = pg::UuidHash{}(row.uuid(6));
        points.push_back(std::move(point));
        if (i + 1 == rows.size() || rows[i + 1].uuid(0) != row.uuid(0)) {
            core::net_customer(points, calendar, core::kNever, out);
            points.clear();
        }
    }
}

// By subscription, then by customer, then by currency: those that were seen up to $4, at $3.
constinit pg::Plan levels_plan{
    "SELECT c.currency, sum(c.mrr), sum(c.trial), sum(c.committed), "
    "count(*) FILTER (WHERE c.mrr > 0), sum(c.subscriptions)::bigint "
    "FROM (SELECT s.currency, s.customer_id, sum(s.mrr) AS mrr, sum(s.trial) AS trial, "
    "sum(s.committed) AS committed, count(*) FILTER (WHERE s.mrr > 0) AS subscriptions "
    "FROM (SELECT k.currency, k.customer_id, k.subscription_id, "
    "coalesce(sum(k.new_mrr - k.old_mrr) FILTER (WHERE k.effective_at <= $3), 0) AS mrr, "
    "coalesce(sum(k.new_trial_mrr - k.old_trial_mrr) FILTER (WHERE k.effective_at <= $3), 0) "
    "AS trial, "
    "coalesce(sum(k.new_committed_mrr - k.old_committed_mrr) "
    "FILTER (WHERE k.effective_at <= $3), 0) AS committed "
    "FROM (SELECT m.effective_at, m.currency, m.customer_id, m.subscription_id, m.old_mrr, "
    "m.new_mrr, "
    "m.old_trial_mrr, m.new_trial_mrr, m.old_committed_mrr, m.new_committed_mrr "
    "FROM billing_internal.mrr_changes AS m "
    "WHERE m.organization_id = $1 AND m.recorded_at <= $2 AND m.effective_at <= $4 "
    "UNION ALL "
    "SELECT h.effective_at, h.currency, h.customer_id, h.subscription_id, h.old_mrr, h.new_mrr, "
    "h.old_trial_mrr, h.new_trial_mrr, h.old_committed_mrr, h.new_committed_mrr "
    "FROM billing_internal.mrr_changes_history AS h "
    "WHERE h.organization_id = $1 AND h.recorded_at <= $2 AND h.superseded_at > $2 "
    "AND h.effective_at <= $4) AS k "
    "GROUP BY k.currency, k.customer_id, k.subscription_id) AS s "
    "GROUP BY s.currency, s.customer_id) AS c "
    "GROUP BY c.currency",
    {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};

} // namespace

core::Flows known_flows(const tenancy::Organization &organization, core::Instant known_at,
                        core::Instant now) {
    const Knowledge what{organization.id, known_at, now};
    core::Flows out;
    for (pg::Uuid after; after != last_uuid();) {
        const pg::Uuid upto = chunk_end(organization.id, after);
        net_rows(known_rows(what, after, upto), organization.calendar(), out);
        after = upto;
    }
    out.drop_zeros();
    return out;
}

std::map<std::string, MrrLevel> known_levels(const tenancy::Organization &organization,
                                             core::Instant known_at, core::Instant at) {
    const pg::Result rows =
        pg::run(levels_plan,
                pg::Params(organization.id, pg::Timestamp{known_at}, pg::Timestamp{at},
                           pg::Timestamp{std::max(at, pg::transaction_start())}),
                pg::Access::read);
    std::map<std::string, MrrLevel> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        out[row.text(0)] = {row.decimal(1), row.decimal(2), row.decimal(3), row.i64(4), row.i64(5)};
    }
    return out;
}

std::vector<std::string> currencies_of(const tenancy::Organization &organization,
                                       const core::Flows &flows) {
    std::set<std::string> seen;
    for (const auto &[key, flow] : flows.mrr) {
        seen.insert(std::get<1>(key));
    }
    if (seen.empty()) {
        seen.insert(organization.currency);
    }
    return {seen.begin(), seen.end()};
}

} // namespace billing::analytics
