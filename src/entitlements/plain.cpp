#include "entitlements/plain.hpp"

#include "entitlements/alerts.hpp"
#include "entitlements/pool_row.hpp"
#include "entitlements/slots.hpp"
#include "pg/writing.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

Pool read_pool(const pg::Row &row) {
    Pool out;
    out.source = row.text(0);
    out.quota = row.i64_or_null(1);
    out.row_used = row.i64(2);
    out.leased = row.i64(3);
    out.period.start = row.instant_or_null(4).value_or(core::kBeginning);
    out.period.end = row.instant_or_null(5).value_or(core::kNever);
    out.epoch = row.instant(6);
    out.from = row.instant(7);
    out.until = row.instant_or_null(8).value_or(core::kNever);
    out.slots_used = row.i64_or_null(9).value_or(0);
    return out;
}

pg::Params params_of(const UsageRequest &request) {
    return pg::Params(request.organization, request.customer, request.feature_key);
}

// Under the lock of the row, so that no slot is lent or taken back meanwhile.
Pool with_slots(const UsageRequest &request, Pool pool) {
    static pg::Plan plan{"SELECT sum(s.used)::bigint FROM billing_internal.usage_slots AS s "
                         "WHERE s.organization_id = $1 AND s.customer_id = $2 "
                         "AND s.feature_key = $3",
                         {UUIDOID, UUIDOID, TEXTOID}};
    if (pool.leased > 0) {
        const pg::Result rows = pg::run(plan, params_of(request), pg::Access::write);
        pool.slots_used = rows[0].i64_or_null(0).value_or(0);
    }
    return pool;
}

std::optional<Pool> take_from_row(const UsageRequest &request, core::Instant now) {
    static pg::Plan plan{
        "UPDATE billing_internal.access AS a SET used = a.used + $4 WHERE a.organization_id = $1 "
        "AND a.customer_id = $2 AND a.feature_key = $3 AND a.allowed AND a.pooled "
        "AND a.overrides IS NULL AND a.credit_key IS NULL AND a.held = 0 AND a.stands_from <= $5 "
        "AND (a.stands_until IS NULL OR a.stands_until > $5) "
        "AND (a.resets_at IS NULL OR a.resets_at > $5) "
        "AND COALESCE(a.quota, 9223372036854775807) - a.used - a.leased >= $4 "
        "RETURNING a.source, a.quota, a.used, a.leased, a.period_start, a.resets_at, a.epoch, "
        "a.stands_from, a.stands_until, 0::bigint",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, TIMESTAMPTZOID}};
    pg::Params params = params_of(request);
    params.add(request.quantity);
    params.add(pg::Timestamp{now});
    const pg::Result rows = pg::run(plan, params, pg::Access::write);
    if (rows.empty()) {
        return std::nullopt;
    }
    return with_slots(request, read_pool(rows[0]));
}

// While a slot is held nobody can change what the pool answers.
Pool look_at_pool(const UsageRequest &request) {
    static pg::Plan plan{
        "SELECT a.source, a.quota, a.used, a.leased, a.period_start, a.resets_at, a.epoch, "
        "a.stands_from, a.stands_until, (SELECT sum(s.used)::bigint "
        "FROM billing_internal.usage_slots AS s WHERE s.organization_id = $1 "
        "AND s.customer_id = $2 AND s.feature_key = $3) FROM billing_internal.access AS a "
        "WHERE a.organization_id = $1 AND a.customer_id = $2 AND a.feature_key = $3",
        {UUIDOID, UUIDOID, TEXTOID}};
    const pg::Result rows = pg::run(plan, params_of(request), pg::Access::write);
    if (rows.empty()) {
        throw std::logic_error("a slot is lent by a row that is not there");
    }
    return read_pool(rows[0]);
}

void return_to_row(const UsageRequest &request) {
    static pg::Plan plan{"UPDATE billing_internal.access SET used = used - $4 "
                         "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3",
                         {UUIDOID, UUIDOID, TEXTOID, INT8OID}};
    pg::Params params = params_of(request);
    params.add(request.quantity);
    pg::write(plan, params, "access");
}

// Empty: another transaction answered the request's key meanwhile.
std::optional<UsageAnswer> record(const UsageRequest &request, const Pool &pool,
                                  core::Instant now) {
    const UsageAnswer answer = pool_answer(request, pool);
    return append_record(pg::new_uuid(), request, answer, pool_entry(request, pool), now)
               ? std::optional(answer)
               : std::nullopt;
}

// Of what is lent, others may have taken anything between nothing and all.
bool may_reach_threshold(const UsageRequest &request, const Pool &pool) {
    const int64_t before = pool.row_used - request.quantity;
    const int64_t after = pool.row_used + pool.leased;
    return pool.quota && core::crosses_percent(*pool.quota, before, after) &&
           !core::crossed(
                load_thresholds(request.organization, request.feature_key, pg::Access::write),
                *pool.quota, before, after)
                .empty();
}

// Never so much that slots could reach a threshold of the quota, which nobody would see.
Loan loan_of(const UsageRequest &request, const Pool &pool) {
    Loan loan{pool.quota.value_or(PG_INT64_MAX) - pool.row_used - pool.leased, pool.from,
              std::min(pool.until, pool.period.end), pool.epoch};
    if (!pool.quota) {
        return loan;
    }
    const auto next = core::next_threshold(
        load_thresholds(request.organization, request.feature_key, pg::Access::write), *pool.quota,
        pool.used());
    if (next) {
        loan.left = std::min(loan.left, *next - 1 - pool.row_used - pool.leased);
    }
    return loan;
}

std::optional<UsageAnswer> record_slot(const UsageRequest &request, const PoolRow &row,
                                       const SlotTake &taken, core::Instant now) {
    Pool pool;
    if (taken.used) {
        pool = row.after(0);
        pool.slots_used = *taken.used;
    } else {
        pool = look_at_pool(request);
    }
    const auto answer = record(request, pool, now);
    if (!answer) {
        return_to_slot(request.organization, request.key(), taken.slot, request.quantity);
    }
    return answer;
}

// What was taken from the row is recorded, or given back: where the key is taken, or where a
// threshold is so near that what slots are using decides.
std::optional<UsageAnswer> record_row(const UsageRequest &request, const Pool &pool,
                                      core::Instant now) {
    const auto answer =
        may_reach_threshold(request, pool) ? std::nullopt : record(request, pool, now);
    if (!answer) {
        return_to_row(request);
    }
    return answer;
}

// Whether the pool alone counts, and lends.
bool is_lending_pool(const AccessRow &row, core::Instant now) {
    const Resolution &answer = row.resolution;
    return answer.allowed && answer.pooled && answer.overrides.empty() && !answer.credit &&
           row.holds.total == 0 && answer.stands_at(now) && now < row.counter.period.end &&
           row.leased > 0;
}

// Whether all is too much, or at least nothing can be had of it, also if no more was used than so.
bool too_much(const Resolution &answer, int64_t quantity, int64_t used) {
    const int64_t need = answer.overage == core::Overage::cap ? 1 : quantity;
    return answer.overage != core::Overage::allow && answer.quota && *answer.quota - used < need;
}

// As after the Till. Empty: another transaction answered the request's key meanwhile.
std::optional<UsageAnswer> deny(const UsageRequest &request, const Pool &pool, core::Instant now) {
    UsageAnswer answer = pool_answer(request, pool);
    answer.allowed = false;
    answer.reason = "quota_exceeded";
    answer.granted = 0;
    answer.remaining = std::max<int64_t>(answer.remaining.value_or(0), 0);
    Entry entry = pool_entry(request, pool);
    entry.pooled = 0;
    return !request.idempotency_key || append_record(pg::new_uuid(), request, answer, entry, now)
               ? std::optional(answer)
               : std::nullopt;
}

std::optional<UsageAnswer> take_with_unused(const UsageRequest &request, core::Instant now) {
    take_back_unused(request.organization, request.key());
    const auto pool = take_from_row(request, now);
    if (!pool) {
        return std::nullopt;
    }
    const auto answer = record_row(request, *pool, now);
    if (answer) {
        lend_again(request.organization, request.key(), loan_of(request, *pool), request.quantity);
    }
    return answer;
}

// Where it does not matter how those end who are using slots: enough is left if they use all that
// was lent to them, or too little if the least comes to stand. Who uses a slot himself would wait
// for them with that in hand, as they may for him. Where nobody else uses one, nobody is waited
// for, and the long way takes back what is lent.
std::optional<UsageAnswer> decide_meanwhile(const UsageRequest &request, core::Instant now) {
    pg::Savepoint savepoint;
    const auto row = lock_free_row(request.organization, request.key());
    const auto least = row && is_lending_pool(*row, now)
                           ? least_used_by_others(request.organization, request.key())
                           : std::nullopt;
    if (!least) {
        savepoint.rollback();
        return std::nullopt;
    }
    if (too_much(row->resolution, request.quantity, row->counter.used + *least)) {
        const Pool pool = look_at_pool(request);
        savepoint.rollback();
        return deny(request, pool, now);
    }
    const auto answer = take_with_unused(request, now);
    answer ? savepoint.release() : savepoint.rollback();
    return answer;
}

} // namespace

std::optional<UsageAnswer> track_plain(const UsageRequest &request, core::Instant now) {
    // A slot that others changed since the one snapshot of the transaction would be an error.
    const bool may_share = !IsolationUsesXactSnapshot();
    if (!pool_rows_are_ready()) {
        prepare_pool_rows();
    }
    PoolRow row;
    const pg::Written written = take_at_once(request, now, TakeFrom{!may_share}, row);
    if (!row.found || (!row.plain && !row.lends)) {
        return std::nullopt;
    }
    if (written == pg::Written::done) {
        return record_row(request, with_slots(request, row.after(request.quantity)), now);
    }
    const bool slots_first = row.lends && may_share;
    if (slots_first) {
        if (const auto taken =
                take_from_slot(request.organization, request.key(), request.quantity, now)) {
            return record_slot(request, row, *taken, now);
        }
    }
    // What a trigger or a rule makes of the row is noticed by the long way.
    if (pg::is_watched("access")) {
        return std::nullopt;
    }
    const auto pool = take_from_row(request, now);
    if (!pool) {
        return slots_first ? decide_meanwhile(request, now) : std::nullopt;
    }
    const auto answer = record_row(request, *pool, now);
    if (answer && pool->leased > 0 && slots_first) {
        lend_again(request.organization, request.key(), loan_of(request, *pool), request.quantity);
    } else if (answer && pool->leased == 0 && may_share && written == pg::Written::busy) {
        lend(request.organization, request.key(), loan_of(request, *pool), request.quantity);
    }
    return answer;
}

} // namespace billing::entitlements
