// How long to wait before the next try: doubling from a first delay up to a longest one, with
// jitter so that many workers do not come back at once. Not thread-safe: one for each loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace billing::worker {

class Backoff {
  public:
    using Duration = std::chrono::milliseconds;

    Backoff(Duration first, Duration longest, std::uint64_t seed = std::random_device{}())
        : first_(first), longest_(longest), next_(first), generator_(seed) {}

    // Between half of the current delay and all of it; the next one is twice as long.
    Duration next();
    // After a success: the next delay is the first one again.
    void reset() { next_ = first_; }

  private:
    Duration first_;
    Duration longest_;
    Duration next_;
    std::mt19937 generator_;
};

} // namespace billing::worker
