#include "entitlements/account.hpp"

#include "entitlements/overrides.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

core::Balance pool_balance(const Resolution &answer, const Counter &counter) {
    core::Balance pool;
    pool.quota = answer.quota;
    pool.used = counter.used;
    pool.expires = counter.period.end;
    pool.created = answer.anchor;
    return pool;
}

} // namespace

std::vector<core::Balance> Account::balances() const {
    std::vector<core::Balance> out;
    if (answer.pooled) {
        out.push_back(pool_balance(answer, pool));
    }
    for (const Override &one : overrides) {
        out.push_back(one.balance);
    }
    std::sort(out.begin(), out.end(), core::burns_before);
    return out;
}

void Account::take_over(const std::vector<core::Balance> &balances) {
    for (const core::Balance &balance : balances) {
        const auto one =
            std::find_if(overrides.begin(), overrides.end(),
                         [&](const Override &other) { return other.id.bytes == balance.id; });
        if (one != overrides.end()) {
            one->balance.used = balance.used;
        } else {
            pool.used = balance.used;
        }
    }
}

core::QuotaPeriod Account::period() const {
    core::QuotaPeriod out = answer.pooled ? pool.period : core::QuotaPeriod{};
    for (const Override &one : overrides) {
        if (one.reset == core::ResetInterval::never) {
            continue;
        }
        const core::QuotaPeriod period = one.period_at(one.period_start);
        if (period.end < out.end) {
            out = period;
        }
    }
    return out;
}

std::optional<int64_t> Account::extra() const {
    std::vector<core::Balance> by_hand;
    for (const Override &one : overrides) {
        by_hand.push_back(one.balance);
    }
    return core::totals(by_hand).remaining;
}

Holds load_holds(const pg::Uuid &organization, const AccessKey &key, core::Instant at,
                 pg::Access access) {
    static pg::Plan plan{
        "SELECT sum(r.held)::bigint, min(r.expires_at) FROM billing_internal.reservations AS r "
        "WHERE r.organization_id = $1 AND r.customer_id = $2 AND r.held_key = $3 "
        "AND r.expires_at > $4 AND r.settled_at IS NULL",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result rows = pg::run(
        plan, pg::Params(organization, key.customer, key.feature_key, pg::Timestamp{at}), access);
    return {rows[0].i64_or_null(0).value_or(0), rows[0].instant_or_null(1).value_or(core::kNever)};
}

Account open_account(const pg::Uuid &organization, const AccessKey &key, const Resolution &answer,
                     const std::optional<AccessRow> &row, core::Instant at, pg::Access access) {
    Account out;
    out.answer = answer;
    out.pool = row ? settle(row->resolution, row->counter, answer, at) : fresh_counter(answer, at);
    out.overrides = load_overrides_by_id(organization, answer.overrides, access);
    for (Override &one : out.overrides) {
        one.roll_to(at);
    }
    if (row && row->holds.total > 0) {
        out.held = at < row->holds.until ? row->holds.total
                                         : load_holds(organization, key, at, access).total;
    }
    return out;
}

} // namespace billing::entitlements
