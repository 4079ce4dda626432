#include "entitlements/at_once.hpp"

#include "core/thresholds.hpp"
#include "entitlements/alerts.hpp"
#include "entitlements/pool_row.hpp"
#include "entitlements/slots.hpp"

namespace billing::entitlements {

namespace {

UsageAnswer record(const UsageRequest &request, const Pool &pool, core::Instant now) {
    UsageAnswer answer = pool_answer(request, pool);
    if (!append_at_once(pg::new_uuid(), request, answer, pool_entry(request, pool), now)) {
        throw std::logic_error("a table that rows can be appended to changed under its lock");
    }
    return answer;
}

// Takes from the row; where that passes a percent of the quota, only below the next threshold.
bool take_from_row(const UsageRequest &request, core::Instant now, PoolRow &row) {
    pg::Written written = take_at_once(request, now, TakeFrom{false, 0}, row);
    if (written == pg::Written::refused && row.passes && !row.lends) {
        const Pool pool = row.after(0);
        const auto next =
            core::next_threshold(thresholds_at_once(request.organization, request.feature_key),
                                 *pool.quota, pool.row_used);
        written = take_at_once(request, now, TakeFrom{false, next.value_or(PG_INT64_MAX)}, row);
    }
    return written == pg::Written::done;
}

} // namespace

bool at_once_is_ready() {
    return pool_rows_are_ready() && slots_are_ready() && records_are_ready() &&
           thresholds_are_ready();
}

void prepare_at_once() {
    prepare_pool_rows();
    prepare_slots();
    prepare_records();
    prepare_thresholds();
}

std::optional<UsageAnswer> track_at_once(const UsageRequest &request, core::Instant now) {
    if (request.quantity == 0 || request.idempotency_key || !at_once_is_ready() ||
        !can_append_at_once()) {
        return std::nullopt;
    }
    PoolRow row;
    if (take_from_row(request, now, row)) {
        return record(request, row.after(request.quantity), now);
    }
    // A slot that others changed since the one snapshot of the transaction would be an error.
    if (!row.lends || IsolationUsesXactSnapshot()) {
        return std::nullopt;
    }
    const auto taken =
        take_from_free_slot(request.organization, request.key(), request.quantity, now);
    if (!taken) {
        return std::nullopt;
    }
    Pool pool = row.after(0);
    pool.slots_used = *taken->used;
    return record(request, pool, now);
}

} // namespace billing::entitlements
