#include "base/backoff.hpp"

#include <algorithm>

namespace billing::worker {

Backoff::Duration Backoff::next() {
    const auto current = next_;
    next_ = std::min(longest_, current * 2);
    std::uniform_int_distribution<Duration::rep> pick{current.count() / 2, current.count()};
    return Duration{pick(generator_)};
}

} // namespace billing::worker
