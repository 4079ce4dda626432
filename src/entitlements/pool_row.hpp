// The row of access as a consumption from its pool meets it, and the taking from it without a
// statement: if nobody else is at the row, and it is as the caller's snapshot shows it.
#pragma once

#include "entitlements/usage_records.hpp"
#include "pg/direct_table.hpp"

namespace billing::entitlements {

// A pool, after something was taken.
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
};

// The columns of the row that are looked at; the key's come first, as its index is one of digests.
enum PoolColumn {
    kOrganization,
    kCustomer,
    kFeature,
    kAllowed,
    kPooled,
    kOverrides,
    kCredit,
    kHeld,
    kFrom,
    kUntil,
    kResetsAt,
    kQuota,
    kUsed,
    kLeased,
    kPeriodStart,
    kEpoch,
    kSource
};

// The row as the snapshot shows it: server memory and plain values alone, as this is filled inside
// pg::call.
struct PoolRow {
    bool found = false;
    bool lends = false;
    bool plain = false;  // a pool alone counts, and has enough, or enough to give back
    bool passes = false; // a whole percent of the quota, so perhaps a threshold
    std::array<Datum, kSource> values{};
    std::array<bool, kSource> nulls{};
    std::array<char, 16> source{}; // all that fits: the longest word has 8 letters
    size_t source_length = 0;

    Pool after(int64_t quantity) const;
};

// Which rows may be taken from, if they are plain.
struct TakeFrom {
    bool lending = false; // also those that lend to slots
    // What is passed only if the counter stays below: a whole percent of the quota may be a
    // threshold, after which there is more to be done.
    int64_t percent_below = PG_INT64_MAX;
};

bool pool_rows_are_ready();
// To be called while not ready, once the schema is known to fit.
void prepare_pool_rows();
// What follows in this transaction sees the change. `row` is as it was before.
pg::Written take_at_once(const UsageRequest &request, core::Instant now, const TakeFrom &which,
                         PoolRow &row);

UsageAnswer pool_answer(const UsageRequest &request, const Pool &pool);
Entry pool_entry(const UsageRequest &request, const Pool &pool);

} // namespace billing::entitlements
