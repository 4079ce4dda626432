#include "entitlements/holdings_past.hpp"

#include "entitlements/overrides.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

struct Terms {
    pg::Uuid subscription;
    core::Instant from = 0;
    std::optional<core::Instant> anchor;
    std::optional<core::QuotaPeriod> billing;
};

std::optional<core::Instant> from_unix(const pg::Row &row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(core::from_unix(row.i64(column)));
}

// As the versions of subscriptions say, oldest first; or as the newest one of each says. The
// subscription shows the first start and the last end of its items.
std::vector<Terms> load_terms(const Question &question, const std::vector<pg::Uuid> &subscriptions,
                              bool newest) {
    static pg::Plan plan{
        "SELECT u.id, v.created, COALESCE(v.snapshot ->> 'billing_cycle_anchor', "
        "v.snapshot ->> 'start_date')::bigint, "
        "COALESCE((SELECT min((i.item ->> 'current_period_start')::bigint) "
        "FROM json_array_elements(v.snapshot -> 'items' -> 'data') AS i (item)), "
        "(v.snapshot ->> 'current_period_start')::bigint), "
        "COALESCE((SELECT max((i.item ->> 'current_period_end')::bigint) "
        "FROM json_array_elements(v.snapshot -> 'items' -> 'data') AS i (item)), "
        "(v.snapshot ->> 'current_period_end')::bigint) "
        "FROM unnest($2::uuid[]) AS u (id) CROSS JOIN LATERAL ("
        "SELECT s.created, s.rank, s.event_id, s.snapshot "
        "FROM billing_internal.subscription_versions AS s "
        "WHERE s.organization_id = $1 AND s.subscription_id = u.id AND s.created <= $3 "
        "ORDER BY s.created DESC, s.rank DESC, s.event_id DESC LIMIT CASE WHEN $4 THEN 1 END) AS v "
        "ORDER BY v.created, v.rank, v.event_id",
        {UUIDOID, UUIDARRAYOID, TIMESTAMPTZOID, BOOLOID}};
    pg::Params params = pg::keyed(question.organization, subscriptions);
    params.add(pg::Timestamp{question.at});
    params.add(newest);
    const pg::Result rows = pg::run(plan, params, question.access);
    std::vector<Terms> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto start = from_unix(rows[i], 3);
        const auto end = from_unix(rows[i], 4);
        out.push_back(
            {rows[i].uuid(0), rows[i].instant(1), from_unix(rows[i], 2),
             start && end ? std::optional(core::QuotaPeriod{*start, *end}) : std::nullopt});
    }
    return out;
}

void put_past_terms(const Question &question, Holder &holder) {
    std::vector<pg::Uuid> subscriptions;
    for (Grant &grant : holder.grants) {
        subscriptions.push_back(grant.subscription);
        grant.billing.reset();
    }
    if (subscriptions.empty()) {
        return;
    }
    std::sort(subscriptions.begin(), subscriptions.end());
    subscriptions.erase(std::unique(subscriptions.begin(), subscriptions.end()),
                        subscriptions.end());
    for (const Terms &terms : load_terms(question, subscriptions, true)) {
        for (Grant &grant : holder.grants) {
            if (grant.subscription == terms.subscription) {
                grant.billing = terms.billing;
                grant.anchor = terms.anchor.value_or(grant.anchor);
            }
        }
    }
}

} // namespace

Plans load_past_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                      const Keys &keys, core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND (p.product_id = ANY ($2) OR p.product_id IS NULL) "
        "AND p.updated_at <= $4 AND ($3 IS NULL OR f.key = ANY ($3)) UNION ALL "
        "SELECT p.product_id, f.key, f.kind, p.quota, p.reset_interval, p.overage, p.value, "
        "p.per_seat FROM billing_internal.product_features_past AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND (p.product_id = ANY ($2) OR p.product_id IS NULL) "
        "AND p.valid_from <= $4 AND p.valid_to > $4 AND ($3 IS NULL OR f.key = ANY ($3))",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};
    pg::Params params = pg::keyed(organization, products);
    append_keys(params, keys);
    params.add(pg::Timestamp{at});
    return read_plans(pg::run(plan, params, access));
}

Credits load_past_credits(const pg::Uuid &organization, const Keys &keys, core::Instant at,
                          pg::Access access) {
    static pg::Plan plan{
        "SELECT f.key, f.credit_key, f.credit_cost FROM billing_internal.features AS f "
        "WHERE f.organization_id = $1 AND f.credit_key IS NOT NULL AND f.credit_since <= $3 "
        "AND ($2 IS NULL OR f.key = ANY ($2) OR f.credit_key = ANY ($2)) UNION ALL "
        "SELECT c.feature_key, c.credit_key, c.credit_cost "
        "FROM billing_internal.credit_costs_past AS c "
        "WHERE c.organization_id = $1 AND c.valid_from <= $3 AND c.valid_to > $3 "
        "AND ($2 IS NULL OR c.feature_key = ANY ($2) OR c.credit_key = ANY ($2))",
        {UUIDOID, TEXTARRAYOID, TIMESTAMPTZOID}};
    pg::Params params(organization);
    append_keys(params, keys);
    params.add(pg::Timestamp{at});
    return read_credits(pg::run(plan, params, access));
}

// What a merged customer had is kept by the one that it became.
std::optional<Holder> load_past_holder(const Question &question, const Keys &keys) {
    const customers::Whose &whose = question.whose;
    Holders found =
        load_holders(question.organization, {whose.customer}, keys, question.at, question.access,
                     whose.customer == whose.kept_by ? whose.firsts : Firsts());
    const auto place = found.find(whose.customer);
    if (place == found.end()) {
        return std::nullopt;
    }
    Holder out = std::move(place->second);
    if (whose.customer != whose.kept_by) {
        Holders kept = load_holders(question.organization, {whose.kept_by}, keys, question.at,
                                    question.access, whose.firsts);
        Holder &now = kept[whose.kept_by];
        out.grants = std::move(now.grants);
        out.overrides = std::move(now.overrides);
        out.stripe_keys = std::move(now.stripe_keys);
    }
    if (whose.merged_since) {
        out.archived_at = whose.archived_at.value_or(core::kNever);
        out.archived = out.archived_at <= question.at;
    }
    out.created_at = whose.created_at.value_or(out.created_at);
    const bool holds = !out.grants.empty() || !out.overrides.empty() || !out.stripe_keys.empty();
    if (!holds && out.created_at > question.at) {
        return std::nullopt; // it was made later, and nothing that is known since was its own
    }
    put_past_terms(question, out);
    return out;
}

bool feature_existed(const Question &question, const std::string &feature_key) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.features WHERE organization_id = $1 "
                         "AND key = $2 AND created_at <= $3",
                         {UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    return !pg::run(plan,
                    pg::Params(question.organization, feature_key, pg::Timestamp{question.at}),
                    question.access)
                .empty();
}

void BillingPeriods::add(core::Instant from, const core::QuotaPeriod &period) {
    periods_.emplace_back(from, period);
}

BillingPeriods::Place BillingPeriods::after(core::Instant at) const {
    return std::upper_bound(
        periods_.begin(), periods_.end(), at,
        [](core::Instant wanted, const auto &one) { return wanted < one.first; });
}

std::optional<core::QuotaPeriod> BillingPeriods::at(core::Instant at) const {
    const Place next = after(at);
    return next == periods_.begin() ? std::nullopt : std::optional(std::prev(next)->second);
}

BillingPeriods load_billing_periods(const Question &question, const Override &one) {
    BillingPeriods out;
    if (one.reset == core::ResetInterval::billing_period && one.subscription) {
        for (const Terms &terms : load_terms(question, {*one.subscription}, false)) {
            if (terms.billing) {
                out.add(terms.from, *terms.billing);
            }
        }
    }
    return out;
}

} // namespace billing::entitlements
