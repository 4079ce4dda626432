#include "analytics/standings.hpp"

#include "pg/sql_text.hpp"

namespace billing::analytics {

namespace {

// Of the customers c of $1, by the rows that are folded: the words that hold, others NULL.
constexpr char kDerived[] =
    "SELECT c.id, COALESCE(c.created_at, 'infinity') AS created_at, ARRAY["
    "CASE WHEN m.paying THEN 'paying' WHEN m.has_paid THEN 'churned' END, "
    "CASE WHEN s.trialing THEN 'trialing' END, CASE WHEN s.past_due THEN 'past_due' END] "
    "AS standings FROM billing_internal.customers AS c LEFT JOIN LATERAL ("
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

} // namespace

void update_standings(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    static constexpr auto kSql = pg::joined(
        "WITH w AS MATERIALIZED (", kDerived,
        " AND c.id = ANY ($2)), gone AS (DELETE FROM billing_internal.customer_standings AS s "
        "WHERE s.organization_id = $1 AND s.customer_id = ANY ($2) AND NOT EXISTS ("
        "SELECT 1 FROM w WHERE w.id = s.customer_id AND w.created_at = s.created_at "
        "AND s.standing = ANY (w.standings))) "
        "INSERT INTO billing_internal.customer_standings "
        "(organization_id, standing, created_at, customer_id) "
        "SELECT $1, u.standing, w.created_at, w.id FROM w, unnest(w.standings) AS u (standing) "
        "WHERE u.standing IS NOT NULL ON CONFLICT DO NOTHING");
    static pg::Plan plan{kSql.data(), {UUIDOID, UUIDARRAYOID}};
    if (!customers.empty()) {
        pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    }
}

std::vector<StandingDifference> standing_differences(const pg::Uuid &organization) {
    static constexpr auto kSql = pg::joined(
        "WITH w AS (", kDerived,
        "), wanted AS (SELECT w.id, u.standing || ' ' || w.created_at::text AS word FROM w, "
        "unnest(w.standings) AS u (standing) WHERE u.standing IS NOT NULL), "
        "stored AS (SELECT s.customer_id AS id, s.standing || ' ' || s.created_at::text AS word "
        "FROM billing_internal.customer_standings AS s WHERE s.organization_id = $1) "
        "SELECT COALESCE(d.id, k.id), d.word, k.word FROM stored AS d "
        "FULL JOIN wanted AS k ON k.id = d.id AND k.word = d.word "
        "WHERE d.id IS NULL OR k.id IS NULL ORDER BY 1, 2, 3");
    static pg::Plan plan{kSql.data(), {UUIDOID}};
    std::vector<StandingDifference> out;
    const pg::Result rows = pg::run(plan, pg::Params(organization), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back({rows[i].uuid(0), rows[i].text(1), rows[i].text(2)});
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
