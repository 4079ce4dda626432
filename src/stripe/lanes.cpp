#include "stripe/lanes.hpp"

namespace billing::stripe {

namespace {

// A loose index scan: one probe per organization that has something, whatever the queue's length.
// Three of them: queued events, and ledger rows and standings whose time has come.
std::optional<pg::Uuid> claim(pg::Plan &plan, const pg::Params &params) {
    const pg::Result rows = pg::run(plan, params, pg::Access::write);
    return rows.empty() ? std::nullopt : std::optional(rows[0].uuid(0));
}

} // namespace

std::optional<pg::Uuid> claim_lane(core::Instant now) {
    static pg::Plan queued{
        "WITH RECURSIVE waiting AS ("
        "(SELECT organization_id FROM billing_internal.event_queue "
        "ORDER BY organization_id LIMIT 1) UNION ALL "
        "SELECT (SELECT q.organization_id FROM billing_internal.event_queue AS q "
        "WHERE q.organization_id > w.organization_id ORDER BY q.organization_id LIMIT 1) "
        "FROM waiting AS w WHERE w.organization_id IS NOT NULL) "
        "SELECT l.organization_id FROM billing_internal.lanes AS l "
        "WHERE l.organization_id IN (SELECT organization_id FROM waiting) "
        "ORDER BY l.organization_id <= $1, l.organization_id "
        "LIMIT 1 FOR NO KEY UPDATE OF l SKIP LOCKED",
        {UUIDOID}};
    static pg::Plan due{
        "WITH RECURSIVE dated AS ("
        "(SELECT organization_id, effective_at FROM billing_internal.mrr_changes "
        "WHERE NOT folded ORDER BY organization_id, effective_at LIMIT 1) UNION ALL "
        "SELECT m.organization_id, m.effective_at FROM dated AS d CROSS JOIN LATERAL ("
        "SELECT n.organization_id, n.effective_at FROM billing_internal.mrr_changes AS n "
        "WHERE NOT n.folded AND n.organization_id > d.organization_id "
        "ORDER BY n.organization_id, n.effective_at LIMIT 1) AS m) "
        "SELECT l.organization_id FROM billing_internal.lanes AS l "
        "WHERE l.organization_id IN "
        "(SELECT organization_id FROM dated WHERE effective_at <= $2) "
        "ORDER BY l.organization_id <= $1, l.organization_id "
        "LIMIT 1 FOR NO KEY UPDATE OF l SKIP LOCKED",
        {UUIDOID, TIMESTAMPTZOID}};
    static pg::Plan due_statuses{
        "WITH RECURSIVE dated AS ("
        "(SELECT organization_id, effective_at FROM billing_internal.status_changes "
        "WHERE NOT folded ORDER BY organization_id, effective_at LIMIT 1) UNION ALL "
        "SELECT m.organization_id, m.effective_at FROM dated AS d CROSS JOIN LATERAL ("
        "SELECT n.organization_id, n.effective_at FROM billing_internal.status_changes AS n "
        "WHERE NOT n.folded AND n.organization_id > d.organization_id "
        "ORDER BY n.organization_id, n.effective_at LIMIT 1) AS m) "
        "SELECT l.organization_id FROM billing_internal.lanes AS l "
        "WHERE l.organization_id IN "
        "(SELECT organization_id FROM dated WHERE effective_at <= $2) "
        "ORDER BY l.organization_id <= $1, l.organization_id "
        "LIMIT 1 FOR NO KEY UPDATE OF l SKIP LOCKED",
        {UUIDOID, TIMESTAMPTZOID}};
    // The last one served goes to the end of the line.
    static pg::Uuid last;
    auto found = claim(queued, pg::Params(last));
    for (pg::Plan *plan : {&due, &due_statuses}) {
        if (!found) {
            found = claim(*plan, pg::Params(last, pg::Timestamp{now}));
        }
    }
    if (found) {
        last = *found;
    }
    return found;
}

} // namespace billing::stripe
