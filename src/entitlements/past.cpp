#include "entitlements/past.hpp"

#include "entitlements/holdings_past.hpp"
#include "entitlements/overrides.hpp"
#include "entitlements/pool_changes.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

// The customer of that time, whose pool it was.
AccessKey key_of(const Question &question, const std::string &feature_key) {
    return {question.whose.customer, feature_key};
}

// For the log, which the customer has that this one became.
pg::Params log_params(const Question &question, const std::string &feature_key) {
    pg::Params params(question.organization, question.whose.kept_by, feature_key,
                      pg::Timestamp{question.at});
    append_firsts(params, question.whose.firsts);
    return params;
}

// The last consumption up to the instant that the pool counted.
struct LastCount {
    core::Instant epoch = 0;
    core::Instant at = 0;
};

std::optional<LastCount> last_count(const Question &question, const std::string &feature_key) {
    static pg::Plan plan{
        "SELECT r.epoch, r.recorded_at FROM billing_internal.usage_records AS r "
        "WHERE r.organization_id = $1 AND r.customer_id = $2 AND r.feature_key = $3 "
        "AND r.recorded_at <= $4 AND r.pooled <> 0 "
        "AND ($5 IS NULL OR COALESCE(r.first_customer_id, r.customer_id) = ANY ($5)) "
        "ORDER BY r.recorded_at DESC, r.epoch DESC LIMIT 1",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDARRAYOID}};
    const pg::Result rows = pg::run(plan, log_params(question, feature_key), question.access);
    return rows.empty() ? std::nullopt
                        : std::optional(LastCount{rows[0].instant(0), rows[0].instant(1)});
}

int64_t used_in(const Question &question, const std::string &feature_key, core::Instant epoch) {
    static pg::Plan plan{
        "SELECT sum(r.pooled)::bigint FROM billing_internal.usage_records AS r "
        "WHERE r.organization_id = $1 AND r.customer_id = $2 AND r.feature_key = $3 "
        "AND r.recorded_at <= $4 "
        "AND ($5 IS NULL OR COALESCE(r.first_customer_id, r.customer_id) = ANY ($5)) "
        "AND r.epoch = $6",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDARRAYOID, TIMESTAMPTZOID}};
    pg::Params params = log_params(question, feature_key);
    params.add(pg::Timestamp{epoch});
    const pg::Result rows = pg::run(plan, params, question.access);
    const AccessKey key = key_of(question, feature_key);
    return core::checked_sum(rows[0].i64_or_null(0).value_or(0),
                             counted_before(question.organization, key, epoch, question.access));
}

// What a row of access said at that time: its rule, and its counter when that was last written.
struct Stored {
    Resolution rule;
    Counter counter;
};

// After a consumption since the last change: by what was held then.
Stored stored_at(const Question &question, const std::string &feature_key, core::Instant at,
                 const std::optional<PoolChange> &change) {
    Question then = question;
    then.at = at;
    const Standing standing = load_standing(then, {feature_key});
    const Resolution *found = standing.answer_of(feature_key);
    if (found != nullptr && found->pooled) {
        return {*found, fresh_counter(*found, at)};
    }
    if (!change) {
        return {};
    }
    Resolution kept = found != nullptr ? *found : change->rule;
    keep_pool(kept, change->rule);
    return {change->rule, settle(change->rule, change->counter, kept, at)};
}

Stored past_pool(const Question &question, const std::string &feature_key) {
    const auto change = last_change(question.organization, key_of(question, feature_key),
                                    question.at, question.access);
    const auto last = last_count(question, feature_key);
    Stored out;
    if (!change && !last) {
        return out;
    }
    const core::Instant epoch = std::max(change ? change->counter.epoch : core::kBeginning,
                                         last ? last->epoch : core::kBeginning);
    const int64_t used = used_in(question, feature_key, epoch);
    if (used == 0) {
        return out;
    }
    if (last && last->epoch == epoch && (!change || last->at >= change->at)) {
        out = stored_at(question, feature_key, last->at, change);
    } else {
        out = {change->rule, change->counter};
    }
    out.counter.used = used;
    out.counter.epoch = epoch;
    return out;
}

int64_t past_holds(const Question &question, const std::string &feature_key) {
    static pg::Plan plan{
        "SELECT sum(r.held)::bigint FROM billing_internal.reservations AS r "
        "WHERE r.organization_id = $1 AND r.customer_id = $2 AND r.held_key = $3 "
        "AND r.created_at <= $4 AND r.expires_at > $4 "
        "AND (r.settled_at IS NULL OR r.settled_at > $4) "
        "AND ($5 IS NULL OR COALESCE(r.first_customer_id, r.customer_id) = ANY ($5))",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDARRAYOID}};
    const pg::Result rows = pg::run(plan, log_params(question, feature_key), question.access);
    return rows[0].i64_or_null(0).value_or(0);
}

// The balance of a grant made by hand, as its burns add up, period by period.
void replay(const Question &question, Override &one) {
    static pg::Plan plan{"SELECT quantity, recorded_at FROM billing_internal.usage_burns "
                         "WHERE organization_id = $1 AND override_id = $2 AND recorded_at <= $3 "
                         "ORDER BY recorded_at, record_id",
                         {UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    const BillingPeriods billing = load_billing_periods(question, one);
    const auto roll_to = [&](core::Instant at) {
        one.billing = billing.at(at);
        one.roll_to(at);
    };
    one.balance.used = 0;
    one.balance.carried = 0;
    one.billing = billing.at(one.balance.created);
    one.period_start = one.period_at(one.balance.created).start;
    const pg::Result rows =
        pg::run(plan, pg::Params(question.organization, one.id, pg::Timestamp{question.at}),
                question.access);
    auto renewal = billing.after(one.balance.created);
    const auto renew_until = [&](core::Instant at) {
        for (; renewal != billing.end() && renewal->first <= at; ++renewal) {
            roll_to(renewal->first);
        }
        roll_to(at);
    };
    for (size_t i = 0; i < rows.size(); ++i) {
        renew_until(rows[i].instant(1));
        one.balance.used += rows[i].i64(0);
    }
    renew_until(question.at);
}

} // namespace

core::Decimal past_prepaid(const Question &question, const std::string &feature_key) {
    static pg::Plan plan{
        "SELECT p.prepaid FROM ((SELECT r.prepaid, r.recorded_at AS at, r.epoch, r.id "
        "FROM billing_internal.usage_records AS r "
        "WHERE r.organization_id = $1 AND r.customer_id = $2 AND r.feature_key = $3 "
        "AND r.recorded_at <= $4 AND r.prepaid IS NOT NULL "
        "AND ($5 IS NULL OR COALESCE(r.first_customer_id, r.customer_id) = ANY ($5)) "
        "ORDER BY r.recorded_at DESC, r.id DESC LIMIT 1) UNION ALL "
        "(SELECT c.prepaid, c.changed_at, c.epoch, NULL FROM billing_internal.pool_changes AS c "
        "WHERE c.organization_id = $1 AND c.customer_id = $6 AND c.feature_key = $3 "
        "AND c.changed_at <= $4 AND c.prepaid IS NOT NULL "
        "ORDER BY c.changed_at DESC, c.epoch DESC LIMIT 1)) AS p "
        "ORDER BY p.at DESC, p.epoch DESC, p.id NULLS LAST LIMIT 1",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDARRAYOID, UUIDOID}};
    pg::Params params = log_params(question, feature_key);
    params.add(question.whose.customer);
    const pg::Result rows = pg::run(plan, params, question.access);
    return rows.empty() ? core::Decimal{} : rows[0].decimal(0);
}

Account past_account(const Question &question, const std::string &feature_key,
                     const std::optional<Resolution> &answer) {
    const Stored stored = past_pool(question, feature_key);
    Account out;
    out.answer = answer.value_or(stored.rule);
    if (!answer) {
        out.answer.allowed = false;
        out.answer.overrides.clear();
    }
    keep_pool(out.answer, stored.rule);
    out.pool = stored.counter.used != 0
                   ? settle(stored.rule, stored.counter, out.answer, question.at)
                   : fresh_counter(out.answer, question.at);
    out.overrides =
        load_overrides_by_id(question.organization, out.answer.overrides, question.access);
    for (Override &one : out.overrides) {
        replay(question, one);
    }
    out.held = past_holds(question, feature_key);
    return out;
}

} // namespace billing::entitlements
