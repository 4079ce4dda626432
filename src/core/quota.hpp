// Quotas: which period an instant belongs to, and the words for what happens at a limit.
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
// limit reaches, or granted whole and counted as overage. The larger one is the more generous.
enum class Overage : uint8_t { reject, cap, allow };
std::optional<Overage> overage_from(std::string_view name);
std::string_view name_of(Overage overage);

// How many of these periods begin after the one that begins at `from` and not after `to`, which
// both begin one. A billing period's length is not known: it counts as one.
int64_t periods_between(ResetInterval interval, Instant from, Instant to);

} // namespace billing::core
