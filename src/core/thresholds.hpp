// Thresholds of a quota in whole percent: which of them a consumption reaches, and how far the next
// one is.
//
// Used reaches p percent when used * 100 >= p * quota. A quota of 0 has no thresholds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace billing::core {

using Percents = std::vector<int32_t>; // ascending

// Whether any whole percent lies between: what the others need not be asked for without.
bool crosses_percent(int64_t quota, int64_t before, int64_t after);

// Those that `after` reaches and `before` does not.
Percents crossed(const Percents &thresholds, int64_t quota, int64_t before, int64_t after);

// The least use above `used` that reaches one more of them; empty: there is none.
std::optional<int64_t> next_threshold(const Percents &thresholds, int64_t quota, int64_t used);

} // namespace billing::core
