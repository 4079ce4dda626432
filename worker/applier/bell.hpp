// Wakes the lanes: a ring that comes while a lane is at work is not lost.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace billing::worker::applier {

class Bell {
  public:
    void ring();
    // Rings for ever.
    void ring_out();

    // Returns when the bell has rung since `heard`, or after the time; says what was heard now.
    std::uint64_t wait(std::uint64_t heard, std::chrono::milliseconds time);

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t rings_ = 0;
    bool out_ = false;
};

} // namespace billing::worker::applier
