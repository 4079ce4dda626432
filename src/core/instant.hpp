// Points in time and calendar days, as the core counts them.
#pragma once

#include <cstdint>
#include <limits>

namespace billing::core {

// Microseconds since 1970-01-01 00:00 UTC.
using Instant = int64_t;
// Days since 1970-01-01 in some calendar: a local date, not an instant.
using Day = int32_t;

inline constexpr int64_t kSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kSecond;
inline constexpr Instant kNever = std::numeric_limits<Instant>::max();
inline constexpr Instant kBeginning = std::numeric_limits<Instant>::min();

constexpr Instant from_unix(int64_t seconds) {
    return seconds * kSecond;
}

} // namespace billing::core
