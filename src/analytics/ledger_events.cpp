#include "analytics/ledger_events.hpp"

#include "core/movements.hpp"

#include <algorithm>
#include <set>

namespace billing::analytics {

namespace {

// By time, along the index: a page costs its rows.
constinit pg::Plan page_by_time{
    "SELECT p.effective_at, p.subscription_id, p.price_id, p.event_id, p.customer_id, c.name, "
    "p.product_id, p.currency, p.reason, p.old_mrr, p.new_mrr, e.type, p.recorded_at "
    "FROM (SELECT m.* FROM billing_internal.mrr_changes AS m "
    "WHERE m.organization_id = $1 AND m.effective_at >= $2 AND m.effective_at < $3 "
    "AND (m.effective_at, m.subscription_id, m.price_id, m.event_id) > ($2, $4, $5, $6) "
    "AND m.old_mrr <> m.new_mrr AND ($7 IS NULL OR m.currency = $7) "
    "ORDER BY m.effective_at, m.subscription_id, m.price_id, m.event_id LIMIT $8) AS p "
    "LEFT JOIN billing_internal.events AS e "
    "ON e.organization_id = $1 AND e.event_id = p.event_id "
    "LEFT JOIN billing_internal.customers AS c "
    "ON c.organization_id = $1 AND c.id = p.customer_id "
    "ORDER BY p.effective_at, p.subscription_id, p.price_id, p.event_id",
    {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, INT8OID}};

// Of the customers from $9 to $10, along theirs; or as known at $11.
constinit pg::Plan page_of_customers{
    "SELECT p.effective_at, p.subscription_id, p.price_id, p.event_id, p.customer_id, c.name, "
    "p.product_id, p.currency, p.reason, p.old_mrr, p.new_mrr, e.type, p.recorded_at "
    "FROM (SELECT k.* FROM ("
    "SELECT m.effective_at, m.subscription_id, m.price_id, m.event_id, m.customer_id, "
    "m.product_id, m.currency, m.reason, m.old_mrr, m.new_mrr, m.recorded_at "
    "FROM billing_internal.mrr_changes AS m "
    "WHERE m.organization_id = $1 AND m.customer_id >= $9 AND m.customer_id <= $10 "
    "AND m.effective_at >= $2 AND m.effective_at < $3 "
    "AND ($11 IS NULL OR m.recorded_at <= $11) "
    "UNION ALL "
    "SELECT h.effective_at, h.subscription_id, h.price_id, h.event_id, h.customer_id, "
    "h.product_id, h.currency, h.reason, h.old_mrr, h.new_mrr, h.recorded_at "
    "FROM billing_internal.mrr_changes_history AS h "
    "WHERE $11 IS NOT NULL AND h.organization_id = $1 "
    "AND h.customer_id >= $9 AND h.customer_id <= $10 "
    "AND h.effective_at >= $2 AND h.effective_at < $3 "
    "AND h.recorded_at <= $11 AND h.superseded_at > $11) AS k "
    "WHERE (k.effective_at, k.subscription_id, k.price_id, k.event_id) > ($2, $4, $5, $6) "
    "AND k.old_mrr <> k.new_mrr AND ($7 IS NULL OR k.currency = $7) "
    "ORDER BY k.effective_at, k.subscription_id, k.price_id, k.event_id LIMIT $8) AS p "
    "LEFT JOIN billing_internal.events AS e "
    "ON e.organization_id = $1 AND e.event_id = p.event_id "
    "LEFT JOIN billing_internal.customers AS c "
    "ON c.organization_id = $1 AND c.id = p.customer_id "
    "ORDER BY p.effective_at, p.subscription_id, p.price_id, p.event_id",
    {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, INT8OID, UUIDOID,
     UUIDOID, TIMESTAMPTZOID}};

LedgerEvent row_of(const pg::Row &row) {
    LedgerEvent out;
    out.effective_at = row.instant(0);
    out.subscription = row.uuid(1);
    out.price = row.uuid(2);
    out.event_id = row.text(3);
    out.customer = row.uuid(4);
    out.customer_name = row.text(5);
    out.product = row.uuid_or_null(6);
    out.currency = row.text(7);
    out.reason = row.text(8);
    out.old_mrr = row.decimal(9);
    out.new_mrr = row.decimal(10);
    out.event_type = row.text(11);
    out.recorded_at = row.instant(12);
    return out;
}

// The whole ledger of some customers up to now, live or as known at $4.
pg::Result points_of(const Report &report, const std::vector<LedgerEvent> &rows,
                     std::optional<core::Instant> known_at) {
    static pg::Plan plan{
        "SELECT m.customer_id, m.effective_at, m.currency, m.new_mrr - m.old_mrr "
        "FROM billing_internal.mrr_changes AS m "
        "WHERE m.organization_id = $1 AND m.customer_id = ANY ($3) AND m.effective_at <= $2 AND "
        "($4 IS NULL OR m.recorded_at <= $4) "
        "UNION ALL "
        "SELECT h.customer_id, h.effective_at, h.currency, h.new_mrr - h.old_mrr "
        "FROM billing_internal.mrr_changes_history AS h "
        "WHERE $4 IS NOT NULL AND h.organization_id = $1 AND h.customer_id = ANY ($3) "
        "AND h.effective_at <= $2 AND h.recorded_at <= $4 AND h.superseded_at > $4 "
        "ORDER BY 1",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID, TIMESTAMPTZOID}};
    std::set<pg::Uuid> customers;
    pg::Columns ids({UUIDOID});
    for (const LedgerEvent &row : rows) {
        if (customers.insert(row.customer).second) {
            ids.row(row.customer);
        }
    }
    pg::Params params(report.organization.id, pg::Timestamp{report.now});
    ids.append_to(params);
    params.add(pg::timestamp(known_at));
    return pg::run(plan, params, pg::Access::read);
}

std::string_view movement_of(const core::MrrFlow &flow) {
    if (!flow.new_mrr.is_zero()) {
        return "new";
    }
    if (!flow.reactivation.is_zero()) {
        return "reactivation";
    }
    if (!flow.expansion.is_zero()) {
        return "expansion";
    }
    if (!flow.contraction.is_zero()) {
        return "contraction";
    }
    return flow.churned.is_zero() ? "" : "churned";
}

} // namespace

std::vector<LedgerEvent> ledger_page(const LedgerFilter &filter, const LedgerEvent &last,
                                     int64_t limit) {
    pg::Params params(filter.organization, pg::Timestamp{std::max(filter.from, last.effective_at)},
                      pg::Timestamp{filter.to}, last.subscription, last.price, last.event_id);
    params.add(filter.currency);
    params.add(limit);
    pg::Plan *plan = &page_by_time;
    if (filter.customer || filter.known_at) {
        plan = &page_of_customers;
        pg::Uuid last_customer;
        last_customer.bytes.fill(0xff);
        params.add(filter.customer.value_or(pg::Uuid{}));
        params.add(filter.customer.value_or(last_customer));
        params.add(pg::timestamp(filter.known_at));
    }
    const pg::Result found = pg::run(*plan, params, pg::Access::read);
    std::vector<LedgerEvent> rows;
    rows.reserve(found.size());
    for (size_t i = 0; i < found.size(); ++i) {
        rows.push_back(row_of(found[i]));
    }
    return rows;
}

std::map<MovementKey, std::string_view> movements_of(const Report &report,
                                                     const std::vector<LedgerEvent> &rows,
                                                     std::optional<core::Instant> known_at) {
    const pg::Result found = points_of(report, rows, known_at);
    std::map<MovementKey, std::string_view> out;
    std::vector<core::LedgerPoint> points;
    for (size_t i = 0; i < found.size(); ++i) {
        const pg::Row row = found[i];
        points.push_back({row.instant(1), row.text(2), row.decimal(3), {}, {}, 0});
        if (i + 1 < found.size() && found[i + 1].uuid(0) == row.uuid(0)) {
            continue;
        }
        core::Flows flows;
        core::net_customer(points, report.organization.calendar(), core::kNever, flows);
        points.clear();
        for (const auto &[key, flow] : flows.mrr) {
            const auto &[granularity, currency, bucket] = key;
            const std::string_view movement = movement_of(flow);
            if (granularity == report.granularity && report.index_of(bucket) && !movement.empty()) {
                out[{row.uuid(0), currency, bucket}] = movement;
            }
        }
    }
    return out;
}

} // namespace billing::analytics
