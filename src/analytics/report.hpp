// What every report has in common: the arguments, the buckets they choose, and the clock.
//
// Each bucket that holds a day of [start_date, end_date] comes whole. Without a start there are 12,
// the last holding end_date; without an end, today. Buckets that start after now are left out.
#pragma once

#include "pg/function.hpp"
#include "tenancy/organization.hpp"

namespace billing::analytics {

inline constexpr size_t kMaxBuckets = 4000;
inline constexpr int32_t kDefaultBuckets = 12;

struct ReportRequest {
    std::optional<core::Day> start;
    std::optional<core::Day> end;
    core::Granularity granularity = core::Granularity::month;
    std::optional<std::string> currency; // lower-case
    std::optional<core::Instant> known_at;
};

// The leading arguments of a report: start_date, end_date, granularity. Throws validation_failed.
ReportRequest read_request(const pg::Args &args);
// And of one by currency: these three, then currency.
ReportRequest read_request_by_currency(const pg::Args &args);
core::Granularity checked_granularity(const std::string &name);

struct Report {
    tenancy::Organization organization;
    // The start of the transaction; for a report as known at an earlier time, that time.
    core::Instant now = 0;
    core::Granularity granularity = core::Granularity::month;
    std::vector<core::Day> buckets; // first days, oldest first; none: all of them are yet to come
    core::Day running = 0;          // the bucket that holds now

    bool empty() const { return buckets.empty(); }
    core::Day first() const { return buckets.front(); }
    core::Day last() const { return buckets.back(); }
    bool is_partial(size_t bucket) const { return buckets[bucket] == running; }
    // The place of a bucket in `buckets`, empty where it is not one of them.
    std::optional<size_t> index_of(core::Day bucket) const;
};

// Checks the tables, reads the current organization and chooses the buckets. Needs an open Spi.
Report open_report(const ReportRequest &request);

// numerator / denominator in percent with four decimals; empty, never 0, without a denominator.
std::optional<core::Decimal> percentage(int64_t numerator, int64_t denominator);

// A numeric that shows exactly four decimals. It lives in the memory context of the call.
std::optional<pg::Raw> four_decimals(std::optional<core::Decimal> value);

} // namespace billing::analytics
