#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::analytics {

namespace {

constexpr int32_t kMaxRows = 10'000;

std::vector<std::string> wanted_currencies(const pg::Uuid &organization,
                                           const std::optional<std::string> &currency) {
    if (currency) {
        return {*currency};
    }
    static pg::Plan next{"SELECT r.currency FROM billing_internal.customer_revenue AS r "
                         "WHERE r.organization_id = $1 AND r.payments > 0 AND r.currency > $2 "
                         "ORDER BY r.currency LIMIT 1",
                         {UUIDOID, TEXTOID}};
    std::vector<std::string> seen;
    for (std::string last;; last = seen.back()) {
        const pg::Result found = pg::run(next, pg::Params(organization, last), pg::Access::read);
        if (found.empty()) {
            return seen;
        }
        seen.push_back(found[0].text(0));
    }
}

// The best first, by the index; then what is asked of each of them alone.
pg::Result best_of(const pg::Uuid &organization, const std::string &currency, int32_t max_rows) {
    static pg::Plan plan{
        "SELECT t.customer_id, c.name, c.email, t.lifetime_revenue, "
        "(SELECT coalesce(sum(m.new_mrr - m.old_mrr), 0) FROM billing_internal.mrr_changes AS m "
        "WHERE m.organization_id = $1 AND m.customer_id = t.customer_id AND m.currency = $2 "
        "AND m.effective_at <= $4), "
        "(SELECT count(*) FROM billing_internal.subscriptions AS s "
        "WHERE s.organization_id = $1 AND s.customer_id = t.customer_id AND s.currency = $2 "
        "AND (SELECT h.in_service FROM billing_internal.status_changes AS h "
        "WHERE h.organization_id = $1 AND h.subscription_id = s.id AND h.effective_at <= $4 "
        "ORDER BY h.effective_at DESC LIMIT 1)), "
        "c.created_at "
        "FROM (SELECT r.customer_id, r.lifetime_revenue "
        "FROM billing_internal.customer_revenue AS r "
        "WHERE r.organization_id = $1 AND r.currency = $2 AND r.payments > 0 "
        "ORDER BY r.lifetime_revenue DESC, r.customer_id LIMIT $3) AS t "
        "LEFT JOIN billing_internal.customers AS c "
        "ON c.organization_id = $1 AND c.id = t.customer_id "
        "ORDER BY t.lifetime_revenue DESC, t.customer_id",
        {UUIDOID, TEXTOID, INT4OID, TIMESTAMPTZOID}};
    return pg::run(
        plan, pg::Params(organization, currency, max_rows, pg::Timestamp{pg::transaction_start()}),
        pg::Access::read);
}

std::optional<pg::Raw> copied(const pg::Row &row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(pg::Raw{row.datum(column)});
}

void add_rows(const std::string &currency, const pg::Result &best, pg::RowSet &rows) {
    for (size_t i = 0; i < best.size(); ++i) {
        const pg::Row row = best[i];
        rows.row(row.uuid(0), copied(row, 1), copied(row, 2), currency,
                 row.decimal(3).to_minor_units(), row.decimal(4).to_minor_units(), row.i64(5),
                 copied(row, 6));
    }
}

int32_t checked_max_rows(const pg::Args &args) {
    const int32_t max_rows = args.i32(0, "max_rows");
    if (max_rows < 1 || max_rows > kMaxRows) {
        throw pg::invalid("max_rows", "must be 1 to " + std::to_string(kMaxRows));
    }
    return max_rows;
}

} // namespace

PG_BILLING_FUNCTION(billing_top_customers, read) {
    const pg::Args args(fcinfo);
    const int32_t max_rows = checked_max_rows(args);
    auto currency = args.text_or_null(1);
    if (currency) {
        currency = tenancy::checked_currency("currency", *currency);
    }
    pg::RowSet rows(fcinfo);
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::Uuid organization = tenancy::get_organization(current_organization()).id;
        const pg::EnginePlanning planning;
        for (const std::string &one : wanted_currencies(organization, currency)) {
            add_rows(one, best_of(organization, one, max_rows), rows);
        }
    }
    return rows.done();
}

} // namespace billing::analytics
