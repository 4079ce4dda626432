#include "core/thresholds.hpp"

#include <algorithm>
#include <limits>

namespace billing::core {

namespace {

using Wide = __int128;

// Rounded down.
Wide percent_of(int64_t quota, int64_t used) {
    return Wide{used} * 100 / quota;
}

} // namespace

bool crosses_percent(int64_t quota, int64_t before, int64_t after) {
    return quota > 0 && before < after && percent_of(quota, before) < percent_of(quota, after);
}

Percents crossed(const Percents &thresholds, int64_t quota, int64_t before, int64_t after) {
    Percents out;
    if (crosses_percent(quota, before, after)) {
        std::copy_if(thresholds.begin(), thresholds.end(), std::back_inserter(out),
                     [&](int32_t one) {
                         return percent_of(quota, before) < one && one <= percent_of(quota, after);
                     });
    }
    return out;
}

std::optional<int64_t> next_threshold(const Percents &thresholds, int64_t quota, int64_t used) {
    if (quota <= 0) {
        return std::nullopt;
    }
    const auto next = std::find_if(thresholds.begin(), thresholds.end(),
                                   [&](int32_t one) { return one > percent_of(quota, used); });
    if (next == thresholds.end()) {
        return std::nullopt;
    }
    const Wide reached = (Wide{*next} * quota + 99) / 100;
    return reached > std::numeric_limits<int64_t>::max() ? std::nullopt
                                                         : std::optional<int64_t>(reached);
}

} // namespace billing::core
