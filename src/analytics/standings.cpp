#include "analytics/standings.hpp"

#include "pg/sql_text.hpp"

namespace billing::analytics {

namespace {

// Of the customers c of $1, by the rows that are folded.
constexpr char kDerived[] =
    "SELECT c.id, COALESCE(m.paying, false) AS paying, COALESCE(s.trialing, false) AS trialing, "
    "COALESCE(s.past_due, false) AS past_due, "
    "COALESCE(m.has_paid, false) AND NOT COALESCE(m.paying, false) AS churned "
    "FROM billing_internal.customers AS c LEFT JOIN LATERAL ("
    "SELECT bool_or(a.mrr > 0) AS paying, bool_or(a.has_paid) AS has_paid FROM ("
    "SELECT sum(k.new_mrr - k.old_mrr) AS mrr, bool_or(k.new_mrr > 0) AS has_paid "
    "FROM billing_internal.mrr_changes AS k WHERE k.organization_id = $1 "
    "AND k.customer_id = c.id AND k.folded GROUP BY k.currency) AS a) AS m ON true "
    "LEFT JOIN LATERAL (SELECT bool_or(l.status = 'trialing') AS trialing, "
    "bool_or(l.status = 'past_due') AS past_due FROM billing_internal.subscriptions AS t "
    "JOIN LATERAL (SELECT h.status FROM billing_internal.status_changes AS h "
    "WHERE h.organization_id = $1 AND h.subscription_id = t.id AND h.folded "
    "ORDER BY h.effective_at DESC LIMIT 1) AS l ON true "
    "WHERE t.organization_id = $1 AND t.customer_id = c.id) AS s ON true "
    "WHERE c.organization_id = $1";

std::vector<pg::Uuid> ids_of(const pg::Result &rows) {
    std::vector<pg::Uuid> out;
    out.reserve(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back(rows[i].uuid(0));
    }
    return out;
}

std::string words_of(const pg::Row &row, int first) {
    std::string out;
    int column = first;
    for (const char *word : {"paying", "trialing", "past_due", "churned"}) {
        if (row.boolean(column++)) {
            out += (out.empty() ? "" : " ") + std::string(word);
        }
    }
    return out;
}

} // namespace

void update_standings(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    static constexpr auto kSql = pg::joined(
        "WITH w AS (", kDerived,
        " AND c.id = ANY ($2)) UPDATE billing_internal.customers AS t SET paying = w.paying, "
        "trialing = w.trialing, past_due = w.past_due, churned = w.churned FROM w "
        "WHERE t.organization_id = $1 AND t.id = w.id "
        "AND (t.paying, t.trialing, t.past_due, t.churned) "
        "IS DISTINCT FROM (w.paying, w.trialing, w.past_due, w.churned)");
    static pg::Plan plan{kSql.data(), {UUIDOID, UUIDARRAYOID}};
    if (!customers.empty()) {
        pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    }
}

std::vector<StandingDifference> standing_differences(const pg::Uuid &organization) {
    static constexpr auto kSql = pg::joined(
        "SELECT t.id, t.paying, t.trialing, t.past_due, t.churned, w.paying, w.trialing, "
        "w.past_due, w.churned FROM (",
        kDerived,
        ") AS w JOIN billing_internal.customers AS t ON t.organization_id = $1 AND t.id = w.id "
        "WHERE (t.paying, t.trialing, t.past_due, t.churned) "
        "IS DISTINCT FROM (w.paying, w.trialing, w.past_due, w.churned) ORDER BY t.id");
    static pg::Plan plan{kSql.data(), {UUIDOID}};
    std::vector<StandingDifference> out;
    const pg::Result rows = pg::run(plan, pg::Params(organization), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back({rows[i].uuid(0), words_of(rows[i], 1), words_of(rows[i], 5)});
    }
    return out;
}

std::vector<pg::Uuid> due_customers(const pg::Uuid &organization, core::Instant now) {
    static pg::Plan plan{"SELECT m.customer_id FROM billing_internal.mrr_changes AS m "
                         "WHERE m.organization_id = $1 AND NOT m.folded AND m.effective_at <= $2 "
                         "UNION SELECT s.customer_id FROM billing_internal.status_changes AS s "
                         "WHERE s.organization_id = $1 AND NOT s.folded AND s.effective_at <= $2",
                         {UUIDOID, TIMESTAMPTZOID}};
    return ids_of(pg::run(plan, pg::Params(organization, pg::Timestamp{now}), pg::Access::write));
}

} // namespace billing::analytics
