#include "stripe/lanes.hpp"

namespace billing::stripe {

namespace {

// Rows that wait for a lane; those with a time, until it has come.
struct Waiting {
    const char *table;
    const char *due; // the column of the time, which follows organization_id in an index
    const char *condition;
    SPIPlanPtr kept = nullptr;
};

// A loose index scan: one probe per organization that has something, however many rows wait.
std::string sql_of(const Waiting &waiting) {
    const std::string due = waiting.due == nullptr ? "NULL::timestamptz" : waiting.due;
    const std::string order =
        " ORDER BY organization_id" + (waiting.due == nullptr ? "" : ", " + due) + " LIMIT 1";
    const std::string rows = std::string("SELECT organization_id, ") + due +
                             " AS due FROM billing_internal." + waiting.table;
    return "WITH RECURSIVE waiting AS ((" + rows + " WHERE " + waiting.condition + order +
           ") UNION ALL SELECT n.* FROM waiting AS w CROSS JOIN LATERAL (" + rows + " WHERE " +
           waiting.condition + " AND organization_id > w.organization_id" + order +
           ") AS n) SELECT l.organization_id FROM billing_internal.lanes AS l "
           "WHERE l.organization_id IN "
           "(SELECT organization_id FROM waiting WHERE due IS NULL OR due <= $2) "
           "ORDER BY l.organization_id <= $1, l.organization_id "
           "LIMIT 1 FOR NO KEY UPDATE OF l SKIP LOCKED";
}

std::optional<pg::Uuid> claim(Waiting &waiting, const pg::Uuid &last, core::Instant now) {
    std::string sql; // only for the first use: the plan is kept, the text is not
    if (waiting.kept == nullptr) {
        sql = sql_of(waiting);
    }
    pg::Plan plan{sql.c_str(), {UUIDOID, TIMESTAMPTZOID}};
    plan.kept = waiting.kept;
    const pg::Result rows = pg::run(plan, pg::Params(last, pg::Timestamp{now}), pg::Access::write);
    waiting.kept = plan.kept;
    return rows.empty() ? std::nullopt : std::optional(rows[0].uuid(0));
}

} // namespace

std::optional<pg::Uuid> claim_lane(core::Instant now) {
    static std::array<Waiting, 5> all = {{{"event_queue", nullptr, "true"},
                                          {"mrr_changes", "effective_at", "NOT folded"},
                                          {"status_changes", "effective_at", "NOT folded"},
                                          {"access", "stands_until", "stands_until IS NOT NULL"},
                                          {"access", "held_until", "held_until IS NOT NULL"}}};
    // The last one served goes to the end of the line.
    static pg::Uuid last;
    for (Waiting &waiting : all) {
        if (const auto found = claim(waiting, last, now)) {
            last = *found;
            return found;
        }
    }
    return std::nullopt;
}

} // namespace billing::stripe
