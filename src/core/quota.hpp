// Quotas: which period an instant belongs to, and whether a consumption is allowed.
//
// Pure functions. The caller holds the lock on the counter and stores the answer.
#pragma once

#include "core/instant.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace billing::core {

enum class ResetInterval : uint8_t { never, day, week, month, year, billing_period };
std::optional<ResetInterval> reset_interval_from(std::string_view name);
std::string_view name_of(ResetInterval interval);

// [start, end): the counter of one period is no longer the counter at its end.
struct QuotaPeriod {
    Instant start = kBeginning;
    Instant end = kNever;
    bool operator==(const QuotaPeriod &) const = default;
};

// The period that holds `at`. Periods are counted from the anchor in UTC, each from the anchor
// itself: an anchor on the 31st resets on the last day of shorter months and on the 31st again
// after them. Instants before the anchor have periods too. `billing` are the bounds of the
// subscription's current billing period, and the answer for billing_period where they are known;
// otherwise, as for never, it is one period without bounds.
QuotaPeriod quota_period(ResetInterval interval, Instant anchor, Instant at,
                         std::optional<QuotaPeriod> billing = std::nullopt);

// What happens to a consumption that goes beyond the limit: refused whole, granted as far as the
// limit reaches, or granted whole and counted as overage.
enum class Overage : uint8_t { reject, cap, allow };
std::optional<Overage> overage_from(std::string_view name);
std::string_view name_of(Overage overage);

struct Consumption {
    bool allowed = false;
    int64_t granted = 0;
    int64_t used = 0;                 // afterwards
    std::optional<int64_t> remaining; // afterwards; empty: no limit
    int64_t overage = 0;              // how far `used` lies beyond the limit

    bool operator==(const Consumption &) const = default;
};

// Takes `quantity` from a limit (empty: none) of which `used` is gone. A negative quantity gives
// back, at most what was used. A quantity of 0 takes nothing and tells whether anything is left to
// take. Throws std::overflow_error where the counter would not fit.
Consumption consume(std::optional<int64_t> limit, int64_t used, int64_t quantity, Overage overage);

} // namespace billing::core
