#include "entitlements/past.hpp"

#include "entitlements/overrides.hpp"

namespace billing::entitlements {

namespace {

// What was counted in the epoch of the last consumption, if the period that held the instant also
// held that.
Counter past_counter(const pg::Uuid &organization, const AccessKey &key, const Resolution &answer,
                     core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT sum(r.pooled)::bigint FROM (SELECT epoch FROM billing_internal.usage_records "
        "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3 "
        "AND recorded_at <= $4 AND recorded_at >= COALESCE($5, '-infinity') AND pooled <> 0 "
        "ORDER BY recorded_at DESC, id DESC LIMIT 1) AS l "
        "JOIN billing_internal.usage_records AS r ON r.organization_id = $1 "
        "AND r.customer_id = $2 AND r.feature_key = $3 AND r.recorded_at <= $4 "
        "AND r.epoch = l.epoch",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    Counter counter = fresh_counter(answer, at);
    // The billing periods before the current one are not kept.
    if (answer.reset == core::ResetInterval::billing_period && at < counter.period.start) {
        counter.period = {};
    }
    const pg::Result rows = pg::run(plan,
                                    pg::Params(organization, key.customer, key.feature_key,
                                               pg::Timestamp{at}, pg::bound(counter.period.start)),
                                    access);
    counter.used = rows[0].i64_or_null(0).value_or(0);
    return counter;
}

int64_t past_holds(const pg::Uuid &organization, const AccessKey &key, core::Instant at,
                   pg::Access access) {
    static pg::Plan plan{"SELECT sum(r.held)::bigint FROM billing_internal.reservations AS r "
                         "WHERE r.organization_id = $1 AND r.customer_id = $2 AND r.held_key = $3 "
                         "AND r.created_at <= $4 AND r.expires_at > $4 "
                         "AND (r.settled_at IS NULL OR r.settled_at > $4)",
                         {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result rows = pg::run(
        plan, pg::Params(organization, key.customer, key.feature_key, pg::Timestamp{at}), access);
    return rows[0].i64_or_null(0).value_or(0);
}

} // namespace

core::Decimal past_prepaid(const pg::Uuid &organization, const AccessKey &key, core::Instant at,
                           pg::Access access) {
    static pg::Plan plan{
        "SELECT r.prepaid FROM billing_internal.usage_records AS r WHERE r.organization_id = $1 "
        "AND r.customer_id = $2 AND r.feature_key = $3 AND r.recorded_at <= $4 "
        "AND r.prepaid IS NOT NULL ORDER BY r.recorded_at DESC, r.id DESC LIMIT 1",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result rows = pg::run(
        plan, pg::Params(organization, key.customer, key.feature_key, pg::Timestamp{at}), access);
    return rows.empty() ? core::Decimal{} : rows[0].decimal(0);
}

void replay(const pg::Uuid &organization, Override &one, core::Instant at, pg::Access access) {
    static pg::Plan plan{"SELECT quantity, recorded_at FROM billing_internal.usage_burns "
                         "WHERE organization_id = $1 AND override_id = $2 AND recorded_at <= $3 "
                         "ORDER BY recorded_at, record_id",
                         {UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    one.balance.used = 0;
    one.balance.carried = 0;
    one.period_start = one.period_at(one.balance.created).start;
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, one.id, pg::Timestamp{at}), access);
    for (size_t i = 0; i < rows.size(); ++i) {
        one.roll_to(rows[i].instant(1));
        one.balance.used += rows[i].i64(0);
    }
    one.roll_to(at);
}

Account past_account(const pg::Uuid &organization, const AccessKey &key, const Resolution &answer,
                     core::Instant at, pg::Access access) {
    Account out;
    out.answer = answer;
    out.pool = past_counter(organization, key, answer, at, access);
    out.overrides = load_overrides_by_id(organization, answer.overrides, access);
    for (Override &one : out.overrides) {
        replay(organization, one, at, access);
    }
    out.held = past_holds(organization, key, at, access);
    return out;
}

} // namespace billing::entitlements
