#include "entitlements/plain.hpp"

#include "entitlements/alerts.hpp"
#include "entitlements/slots.hpp"
#include "pg/index_probe.hpp"

#include <algorithm>
#include <limits>

extern "C" {
#include "storage/procarray.h"
#include "utils/fmgroids.h"
}

namespace billing::entitlements {

namespace {

// A first look at the row. It decides about the way alone: the statements look again.
struct Glance {
    bool found = false;
    bool lends = false;
    bool busy = false; // another transaction has changed or locked it
};

Glance glance_at(const UsageRequest &request) {
    static pg::IndexProbe rows{
        "access", "access_pkey", {F_UUID_EQ, F_UUID_EQ, F_TEXTEQ}, {"leased", "xmax"}};
    if (!rows.is_ready()) {
        rows.prepare();
    }
    const std::array<Datum, 3> key = {pg::as_datum(request.organization),
                                      pg::as_datum(request.customer),
                                      pg::to_datum(request.feature_key)};
    Glance out;
    rows.scan(key.data(), [&out](const Datum *values, const bool *) {
        const TransactionId changed_by = DatumGetTransactionId(values[1]);
        out = {true, DatumGetInt64(values[0]) > 0,
               TransactionIdIsValid(changed_by) &&
                   !TransactionIdIsCurrentTransactionId(changed_by) &&
                   TransactionIdIsInProgress(changed_by)};
    });
    return out;
}

struct Pool {
    std::string source;
    std::optional<int64_t> quota;
    int64_t row_used = 0;
    int64_t leased = 0;
    core::QuotaPeriod period;
    core::Instant epoch = 0;
    core::Instant from = 0;
    core::Instant until = core::kNever;
    int64_t slots_used = 0;

    int64_t used() const { return row_used + slots_used; }
    Loan loan() const {
        const int64_t limit = quota.value_or(std::numeric_limits<int64_t>::max());
        return {limit - row_used - leased, from, std::min(until, period.end), epoch};
    }
};

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
int64_t used_by_slots(const UsageRequest &request) {
    static pg::Plan plan{"SELECT sum(s.used)::bigint FROM billing_internal.usage_slots AS s "
                         "WHERE s.organization_id = $1 AND s.customer_id = $2 "
                         "AND s.feature_key = $3",
                         {UUIDOID, UUIDOID, TEXTOID}};
    const pg::Result rows = pg::run(plan, params_of(request), pg::Access::write);
    return rows[0].i64_or_null(0).value_or(0);
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
    Pool out = read_pool(rows[0]);
    if (out.leased > 0) {
        out.slots_used = used_by_slots(request);
    }
    return out;
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
    pg::run(plan, params, pg::Access::write);
}

UsageAnswer answer_of(const UsageRequest &request, const Pool &pool) {
    UsageAnswer out;
    out.allowed = true;
    out.reason = pool.source;
    out.granted = request.quantity;
    out.used = pool.used();
    out.remaining = pool.quota ? std::optional(*pool.quota - pool.used()) : std::nullopt;
    out.overage = 0;
    out.period = pool.period;
    return out;
}

// Empty: another transaction answered the request's key meanwhile.
std::optional<UsageAnswer> record(const UsageRequest &request, const Pool &pool,
                                  core::Instant now) {
    const UsageAnswer answer = answer_of(request, pool);
    Entry entry;
    entry.pooled = request.quantity;
    entry.quota = pool.quota;
    entry.period = pool.period;
    entry.pool = {pool.used(), pool.period, pool.epoch};
    return append_record(pg::new_uuid(), request, answer, entry, now) ? std::optional(answer)
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
    Loan loan = pool.loan();
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

} // namespace

std::optional<UsageAnswer> track_plain(const UsageRequest &request, core::Instant now) {
    const pg::Uuid &organization = request.organization;
    const Glance glance = glance_at(request);
    if (!glance.found) {
        return std::nullopt;
    }
    // A slot that others changed since the one snapshot of the transaction would be an error.
    const bool may_share = !IsolationUsesXactSnapshot();
    if (glance.lends && may_share) {
        if (const auto slot = take_from_slot(organization, request.key(), request.quantity, now)) {
            const auto answer = record(request, look_at_pool(request), now);
            if (!answer) {
                return_to_slot(organization, request.key(), *slot, request.quantity);
            }
            return answer;
        }
    }
    const auto pool = take_from_row(request, now);
    if (!pool) {
        return std::nullopt;
    }
    if (may_reach_threshold(request, *pool)) {
        return_to_row(request);
        return std::nullopt;
    }
    const auto answer = record(request, *pool, now);
    if (!answer) {
        return_to_row(request);
    } else if (may_share && pool->leased > 0 && glance.lends) {
        lend_again(organization, request.key(), loan_of(request, *pool), request.quantity);
    } else if (may_share && pool->leased == 0 && glance.busy) {
        lend(organization, request.key(), loan_of(request, *pool), request.quantity);
    }
    return answer;
}

} // namespace billing::entitlements
