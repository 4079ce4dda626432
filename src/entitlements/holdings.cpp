#include "entitlements/holdings.hpp"

#include "entitlements/overrides.hpp"
#include "tenancy/analytics_settings.hpp"

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
    holder.next_edge = std::min(holder.archived_at, row.instant_or_null(13).value_or(core::kNever));
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

pg::Params holder_params(const pg::Uuid &organization, core::Instant at,
                         const std::vector<pg::Uuid> &customers, const Firsts &firsts) {
    pg::Params params(organization, pg::Timestamp{at});
    append_uuids(params, customers);
    append_firsts(params, firsts);
    return params;
}

// One that was made later, by a younger transaction, is an edge too.
void add_overrides(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                   const Keys &keys, core::Instant at, pg::Access access, const Firsts &firsts,
                   Holders &holders) {
    for (auto &[customer, one] :
         load_overrides(organization, customers, keys, at, access, firsts)) {
        const auto holder = holders.find(customer);
        if (holder == holders.end()) {
            continue;
        }
        if (one.balance.created > at) {
            holder->second.next_edge = std::min(holder->second.next_edge, one.balance.created);
        } else {
            holder->second.overrides.push_back(std::move(one));
        }
    }
}

// Of each Stripe customer that is not deleted, the newest complete summary and the incomplete ones
// after it. Of metered features Stripe says nothing that could be counted.
void add_stripe(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                core::Instant at, pg::Access access, const Firsts &firsts, Holders &holders) {
    static pg::Plan plan{
        "SELECT s.customer_id, s.created, s.event_id, k.key "
        "FROM billing_internal.entitlement_summaries AS s "
        "CROSS JOIN LATERAL unnest(s.feature_keys) AS k (key) "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.key = k.key "
        "AND f.kind <> 'metered' "
        "WHERE s.organization_id = $1 AND s.customer_id = ANY ($3) AND s.created <= $2 "
        "AND ($4 IS NULL OR COALESCE(s.first_customer_id, s.customer_id) = ANY ($4)) "
        "AND NOT EXISTS (SELECT 1 FROM billing_internal.entitlement_summaries AS n "
        "WHERE n.organization_id = $1 AND n.customer_id = s.customer_id "
        "AND n.stripe_customer_id = s.stripe_customer_id AND n.created <= $2 "
        "AND n.complete AND (n.created, n.event_id) > (s.created, s.event_id)) "
        "AND NOT EXISTS (SELECT 1 FROM billing_internal.customers AS d "
        "WHERE d.organization_id = $1 AND d.stripe_customer_id = s.stripe_customer_id "
        "AND d.deleted_at <= $2) ORDER BY s.created, s.event_id",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID, UUIDARRAYOID}};
    const pg::Result rows =
        pg::run(plan, holder_params(organization, at, customers, firsts), access);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        const auto found = holders.find(row.uuid(0));
        if (found == holders.end()) {
            continue;
        }
        found->second.stripe_keys[row.text(3)] = {row.instant(1), row.text(2)};
    }
}

} // namespace

Holders load_holders(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     const Keys &keys, core::Instant at, pg::Access access, const Firsts &firsts) {
    static pg::Plan plan{
        "SELECT c.id, c.created_at, c.archived_at, g.subscription_id, "
        "g.product_id, g.quantity, g.starts_at, g.opened_by, g.ends_at, "
        "COALESCE(s.billing_anchor, s.start_date, g.starts_at), s.current_period_start, "
        "s.current_period_end, c.deleted_event_id, "
        "(SELECT min(n.created) FROM billing_internal.entitlement_summaries AS n "
        "WHERE n.organization_id = $1 AND n.customer_id = c.id AND n.created > $2) "
        "FROM billing_internal.customers AS c "
        "LEFT JOIN LATERAL (SELECT * FROM billing_internal.feature_grants AS f "
        "WHERE f.organization_id = $1 AND f.customer_id = c.id "
        "AND (f.ends_at IS NULL OR f.ends_at > $2) AND ($4 IS NULL OR EXISTS (SELECT 1 "
        "FROM billing_internal.subscriptions AS w WHERE w.organization_id = $1 "
        "AND w.id = f.subscription_id "
        "AND COALESCE(w.first_customer_id, f.customer_id) = ANY ($4))) OFFSET 0) AS g ON true "
        "LEFT JOIN LATERAL (SELECT * FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.id = g.subscription_id OFFSET 0) AS s ON true "
        "WHERE c.organization_id = $1 AND c.id = ANY ($3)",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID, UUIDARRAYOID}};
    const pg::Result rows =
        pg::run(plan, holder_params(organization, at, customers, firsts), access);
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
    add_overrides(organization, customers, keys, at, access, firsts, holders);
    add_stripe(organization, customers, at, access, firsts, holders);
    return holders;
}

Plans read_plans(const pg::Result &rows) {
    Plans plans;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        PlanFeature feature;
        feature.key = row.text(1);
        feature.kind = pg::known(catalog::kind_from(row.text(2)));
        feature.quota = row.i64_or_null(3);
        feature.reset = pg::known(core::reset_interval_from(row.text(4)));
        feature.overage = pg::known(core::overage_from(row.text(5)));
        if (!row.is_null(6)) {
            feature.value = row.json(6);
        }
        feature.per_seat = row.boolean(7);
        plans[row.uuid_or_null(0).value_or(pg::Uuid{})].push_back(std::move(feature));
    }
    return plans;
}

Credits read_credits(const pg::Result &rows) {
    Credits credits;
    for (size_t i = 0; i < rows.size(); ++i) {
        credits[rows[i].text(0)] = {rows[i].text(1), rows[i].decimal(2)};
    }
    return credits;
}

core::LimitPolicy load_limits(const pg::Uuid &organization, const Holders &holders,
                              pg::Access access) {
    const auto some = std::find_if(holders.begin(), holders.end(), [](const auto &holder) {
        return holder.second.grants.size() > 1;
    });
    return some == holders.end() ? core::LimitPolicy::sum
                                 : load_limits(organization, some->second, access);
}

core::LimitPolicy load_limits(const pg::Uuid &organization, const Holder &holder,
                              pg::Access access) {
    return holder.grants.size() > 1 ? tenancy::limits_of(organization, access)
                                    : core::LimitPolicy::sum;
}

Plans load_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                 const Keys &keys, pg::Access access) {
    static pg::Plan plan{
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND p.product_id = ANY ($2) "
        "AND ($3 IS NULL OR f.key = ANY ($3)) UNION ALL "
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND p.product_id IS NULL "
        "AND ($3 IS NULL OR f.key = ANY ($3))",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID}};
    pg::Params params(organization);
    append_uuids(params, products);
    append_keys(params, keys);
    return read_plans(pg::run(plan, params, access));
}

Credits load_credits(const pg::Uuid &organization, const Keys &keys, pg::Access access) {
    static pg::Plan plan{
        "SELECT f.key, f.credit_key, f.credit_cost FROM billing_internal.features AS f "
        "WHERE f.organization_id = $1 AND f.credit_key IS NOT NULL "
        "AND ($2 IS NULL OR f.key = ANY ($2) OR f.credit_key = ANY ($2))",
        {UUIDOID, TEXTARRAYOID}};
    pg::Params params(organization);
    append_keys(params, keys);
    return read_credits(pg::run(plan, params, access));
}

Keys with_credits(const Keys &keys, const Credits &credits) {
    Keys out = keys;
    if (!keys.empty()) {
        for (const auto &[key, credit] : credits) {
            out.push_back(key);
            out.push_back(credit.key);
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

namespace {

std::vector<pg::Uuid> each_once(std::vector<pg::Uuid> ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

void add_products(const Holder &holder, std::vector<pg::Uuid> &products) {
    for (const Grant &grant : holder.grants) {
        products.push_back(grant.product);
    }
}

} // namespace

std::vector<pg::Uuid> products_of(const Holders &holders) {
    std::vector<pg::Uuid> out;
    for (const auto &[customer, holder] : holders) {
        add_products(holder, out);
    }
    return each_once(std::move(out));
}

std::vector<pg::Uuid> products_of(const Holder &holder) {
    std::vector<pg::Uuid> out;
    add_products(holder, out);
    return each_once(std::move(out));
}

std::optional<LastEnd> last_end_of(const pg::Uuid &organization, const pg::Uuid &customer,
                                   const Firsts &firsts, const std::string &feature_key,
                                   core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT e.at, e.source FROM (SELECT g.ends_at AS at, g.closed_by AS source "
        "FROM billing_internal.feature_grants AS g "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.key = $3 "
        "JOIN (SELECT product_id, feature_id, updated_at AS valid_from, "
        "'infinity'::timestamptz AS valid_to FROM billing_internal.product_features "
        "WHERE organization_id = $1 UNION ALL SELECT product_id, feature_id, valid_from, valid_to "
        "FROM billing_internal.product_features_past WHERE organization_id = $1) AS p "
        "ON p.product_id = g.product_id AND p.feature_id = f.id "
        "AND p.valid_from <= $4 AND p.valid_to > $4 "
        "WHERE g.organization_id = $1 AND g.customer_id = $2 AND g.ends_at <= $4 "
        "AND ($5 IS NULL OR EXISTS (SELECT 1 FROM billing_internal.subscriptions AS w "
        "WHERE w.organization_id = $1 AND w.id = g.subscription_id "
        "AND COALESCE(w.first_customer_id, g.customer_id) = ANY ($5))) "
        "UNION ALL SELECT LEAST(o.expires_at, o.revoked_at), o.id::text "
        "FROM billing_internal.overrides AS o WHERE o.organization_id = $1 "
        "AND o.customer_id = $2 AND o.feature_key = $3 AND o.what <> 'block' "
        "AND ($5 IS NULL OR COALESCE(o.first_customer_id, o.customer_id) = ANY ($5)) "
        "AND LEAST(o.expires_at, o.revoked_at) <= $4 "
        "AND LEAST(o.expires_at, o.revoked_at) > o.created_at "
        "UNION ALL SELECT g.ends_at, g.closed_by FROM billing_internal.overrides AS o "
        "JOIN billing_internal.feature_grants AS g ON g.organization_id = $1 "
        "AND g.subscription_id = o.subscription_id AND g.ends_at <= $4 "
        "AND g.ends_at > o.created_at "
        "AND (o.expires_at IS NULL OR g.ends_at < o.expires_at) "
        "AND (o.revoked_at IS NULL OR g.ends_at < o.revoked_at) "
        "WHERE o.organization_id = $1 AND o.customer_id = $2 AND o.feature_key = $3 "
        "AND ($5 IS NULL OR COALESCE(o.first_customer_id, o.customer_id) = ANY ($5))) AS e "
        "ORDER BY e.at DESC, e.source DESC LIMIT 1",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDARRAYOID}};
    pg::Params params(organization, customer, feature_key, pg::Timestamp{at});
    append_firsts(params, firsts);
    const pg::Result rows = pg::run(plan, params, access);
    if (rows.empty()) {
        return std::nullopt;
    }
    return LastEnd{rows[0].instant(0), rows[0].text(1)};
}

} // namespace billing::entitlements
