#include "entitlements/holdings.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

void append_uuids(pg::Params &params, const std::vector<pg::Uuid> &ids) {
    pg::Columns column({UUIDOID});
    for (const pg::Uuid &id : ids) {
        column.row(id);
    }
    column.append_to(params);
}

void read_customer(const pg::Row &row, core::Instant at, Holder &holder) {
    holder.created_at = row.instant_or_null(1).value_or(0);
    holder.archived_at = row.instant_or_null(2).value_or(core::kNever);
    holder.archived = holder.archived_at <= at;
    holder.next_edge = holder.archived_at;
    holder.deleted_by = row.text(12);
}

// A grant that starts later is no grant yet, only an edge.
void read_grant(const pg::Row &row, core::Instant at, Holder &holder) {
    Grant grant;
    grant.from = row.instant(6);
    if (grant.from > at) {
        holder.next_edge = std::min(holder.next_edge, grant.from);
        return;
    }
    grant.subscription = row.uuid(3);
    grant.product = row.uuid(4);
    grant.quantity = row.i64(5);
    grant.from_event = row.text(7);
    grant.to = row.instant_or_null(8).value_or(core::kNever);
    grant.anchor = row.instant(9);
    if (!row.is_null(10) && !row.is_null(11)) {
        grant.billing = core::QuotaPeriod{row.instant(10), row.instant(11)};
    }
    holder.next_edge = std::min(holder.next_edge, grant.to);
    holder.grants.push_back(std::move(grant));
}

template <class Enum>
Enum known(std::optional<Enum> value) {
    if (!value) {
        throw std::logic_error("a word of the catalogue is not known to this library");
    }
    return *value;
}

Plans read_plans(const pg::Result &rows) {
    Plans plans;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        PlanFeature feature;
        feature.key = row.text(1);
        feature.kind = known(catalog::kind_from(row.text(2)));
        feature.quota = row.i64_or_null(3);
        feature.reset = known(core::reset_interval_from(row.text(4)));
        feature.overage = known(core::overage_from(row.text(5)));
        if (!row.is_null(6)) {
            feature.value = pg::jsonb_text(row.datum(6));
        }
        feature.per_seat = row.boolean(7);
        plans[row.uuid_or_null(0).value_or(pg::Uuid{})].push_back(std::move(feature));
    }
    return plans;
}

} // namespace

Holders load_holders(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT c.id, c.created_at, LEAST(c.archived_at, c.deleted_at), g.subscription_id, "
        "g.product_id, g.quantity, g.starts_at, g.opened_by, g.ends_at, "
        "COALESCE(s.billing_anchor, s.start_date, g.starts_at), s.current_period_start, "
        "s.current_period_end, c.deleted_event_id FROM billing_internal.customers AS c "
        "LEFT JOIN LATERAL (SELECT * FROM billing_internal.feature_grants AS f "
        "WHERE f.organization_id = $1 AND f.customer_id = c.id "
        "AND (f.ends_at IS NULL OR f.ends_at > $2) OFFSET 0) AS g ON true "
        "LEFT JOIN LATERAL (SELECT * FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.id = g.subscription_id OFFSET 0) AS s ON true "
        "WHERE c.organization_id = $1 AND c.id = ANY ($3)",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID}};
    pg::Params params(organization, pg::Timestamp{at});
    append_uuids(params, customers);
    const pg::Result rows = pg::run(plan, params, access);
    Holders holders;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        const auto [place, made] = holders.try_emplace(row.uuid(0));
        if (made) {
            read_customer(row, at, place->second);
        }
        if (!row.is_null(3)) {
            read_grant(row, at, place->second);
        }
    }
    return holders;
}

Plans load_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                 pg::Access access) {
    static pg::Plan plan{
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND p.product_id = ANY ($2) UNION ALL "
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND p.product_id IS NULL",
        {UUIDOID, UUIDARRAYOID}};
    pg::Params params(organization);
    append_uuids(params, products);
    return read_plans(pg::run(plan, params, access));
}

Plans load_plans_of(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                    const std::string &feature_key, pg::Access access) {
    static pg::Plan plan{
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.features AS f "
        "JOIN billing_internal.product_features AS p ON p.organization_id = $1 "
        "AND p.product_id = ANY ($3) AND p.feature_id = f.id "
        "WHERE f.organization_id = $1 AND f.key = $2 UNION ALL "
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.features AS f "
        "JOIN billing_internal.product_features AS p ON p.organization_id = $1 "
        "AND p.product_id IS NULL AND p.feature_id = f.id "
        "WHERE f.organization_id = $1 AND f.key = $2",
        {UUIDOID, TEXTOID, UUIDARRAYOID}};
    pg::Params params(organization, feature_key);
    append_uuids(params, products);
    return read_plans(pg::run(plan, params, access));
}

std::vector<pg::Uuid> products_of(const Holders &holders) {
    std::vector<pg::Uuid> out;
    for (const auto &[customer, holder] : holders) {
        for (const Grant &grant : holder.grants) {
            out.push_back(grant.product);
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

LastEnds load_last_ends(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                        core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT g.customer_id, g.ends_at, g.closed_by FROM billing_internal.feature_grants AS g "
        "WHERE g.organization_id = $1 AND g.customer_id = ANY ($3) AND g.ends_at <= $2 ORDER BY "
        "g.ends_at, g.closed_by",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID}};
    pg::Params params(organization, pg::Timestamp{at});
    append_uuids(params, customers);
    const pg::Result rows = pg::run(plan, params, access);
    LastEnds ends;
    for (size_t i = 0; i < rows.size(); ++i) {
        ends[rows[i].uuid(0)] = {rows[i].instant(1), rows[i].text(2)};
    }
    return ends;
}

std::optional<LastEnd> last_end_of(const pg::Uuid &organization, const pg::Uuid &customer,
                                   const std::string &feature_key, core::Instant at,
                                   pg::Access access) {
    static pg::Plan plan{
        "SELECT g.ends_at, g.closed_by FROM billing_internal.feature_grants AS g "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.key = $3 "
        "JOIN billing_internal.product_features AS p ON p.organization_id = $1 "
        "AND p.product_id = g.product_id AND p.feature_id = f.id "
        "WHERE g.organization_id = $1 AND g.customer_id = $2 AND g.ends_at <= $4 "
        "ORDER BY g.ends_at DESC, g.closed_by DESC LIMIT 1",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, customer, feature_key, pg::Timestamp{at}), access);
    if (rows.empty()) {
        return std::nullopt;
    }
    return LastEnd{rows[0].instant(0), rows[0].text(1)};
}

} // namespace billing::entitlements
