// The time of day behind an interface, so that what depends on it can be tested. Deadlines are
// measured on the steady clock and are handed in as arguments.
#pragma once

#include <chrono>

namespace billing::worker {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual WallTime now() const = 0;
};

class SystemClock final : public Clock {
  public:
    WallTime now() const override { return std::chrono::system_clock::now(); }
};

} // namespace billing::worker
