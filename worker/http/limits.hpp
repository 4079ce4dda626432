// What a client may take: bytes, connections and time. Pure, so that the rules can be tested
// without a socket.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace billing::worker::http {

struct Limits {
    std::int64_t max_body_bytes = 1024 * 1024;
    std::int64_t max_buffered_bytes = 8 * 1024 * 1024; // of large bodies that are still coming
    unsigned max_connections = 1024;
    unsigned max_connections_per_ip = 512;
    unsigned threads = 1;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{20'000};
    std::chrono::milliseconds idle_timeout{60'000};
};

// Where a connection is in its life; each phase has one absolute deadline.
enum class Phase { connected, head, body, waiting, answering, idle };

// When the connection is cut, if the phase began at `now`. `waiting` has no end here: who holds
// the exchange answers in time.
SteadyTime phase_deadline(const Limits &limits, Phase phase, SteadyTime now);

enum class BodyVerdict { keep, discard_too_large, cut };

// Goes by the bytes that have come so far. A body that is too long is read on for a while, so
// that the client gets to see the 413; one without end is cut.
BodyVerdict judge_body(const Limits &limits, std::int64_t received);

// Bytes that are held at once, with a ceiling. Any thread.
class Budget {
  public:
    explicit Budget(std::int64_t ceiling) : ceiling_(ceiling) {}

    bool take(std::int64_t bytes);
    void give_back(std::int64_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }
    std::int64_t held() const { return held_.load(std::memory_order_relaxed); }

  private:
    const std::int64_t ceiling_;
    std::atomic<std::int64_t> held_{0};
};

} // namespace billing::worker::http
