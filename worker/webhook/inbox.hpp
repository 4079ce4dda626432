// The way of verified events into the database. Any thread submits; one thread of its own collects
// what waits into groups, sends them through a pipeline, and reports each event when its
// transaction has committed. While PostgreSQL is away nothing is accepted and what waited is
// reported as unavailable: the sender tries again, and the inbox table knows duplicates.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/backoff.hpp"
#include "base/histogram.hpp"
#include "base/wake.hpp"
#include "db/connection.hpp"
#include "webhook/batch.hpp"
#include "webhook/ingest_lines.hpp"

namespace billing::worker::webhook {

struct InboxOptions {
    db::Options database;
    std::optional<Uuid> default_organization;
    BatchLimits batch;
    std::int64_t queue_bytes = 8 * 1024 * 1024;
    std::chrono::milliseconds commit_timeout{10'000};
    // Called by the inbox's thread after each commit that stored something. Must not block.
    std::function<void()> stored = [] {};
};

inline constexpr std::size_t kVerdicts = 7;

struct InboxStats {
    std::array<std::atomic<std::uint64_t>, kVerdicts> events{}; // by Verdict
    std::atomic<std::uint64_t> groups{0};
    std::atomic<std::uint64_t> groups_refused{0};
    std::atomic<std::uint64_t> connections_lost{0};
    Histogram<8> group_size{{1, 4, 16, 32, 64, 128, 256, 1024}};
    Histogram<9> commit_seconds{{.001, .0025, .005, .01, .025, .05, .1, .5, 2.5}};
};

class Inbox {
  public:
    enum class Admission { open, unavailable, overloaded };

    explicit Inbox(InboxOptions options);
    ~Inbox();

    void start();
    // Everything that still waits is reported as unavailable before this returns.
    void stop();

    // What submit() would say now, for refusing a request before its body is read.
    Admission admission() const;
    // Unless the answer is open, `done` is never called.
    Admission submit(Event event, Done done);

    bool ready() const { return ready_.load(std::memory_order_relaxed); }
    std::int64_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
    const InboxStats &stats() const { return stats_; }

  private:
    void run();
    bool pause(std::chrono::milliseconds time) const;
    Error serve(IngestLines &lines);
    std::optional<Error> send_waiting(IngestLines &lines);
    std::optional<Error> take_answers(IngestLines &lines);
    void settle(Group &group, const Reply &reply);
    void report(Pending &pending, const Outcome &outcome);
    void report_failed(Pending &pending, const Error &error);
    void expire(SteadyTime now);
    void expire_in(Pending &pending);
    std::optional<Error> wait(IngestLines &lines);
    bool fall_asleep();
    std::chrono::milliseconds time_to_next_deadline(SteadyTime now) const;
    void close_door();

    const InboxOptions options_;
    InboxStats stats_;
    Wake wake_;
    Wake stop_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> ready_{false};
    std::atomic<std::int64_t> held_bytes_{0};

    mutable std::mutex mutex_;
    std::deque<Pending> arrived_; // guarded by mutex_
    // Guarded by mutex_: so many arrivals wake the thread. A wake-up for each event would cost more
    // than all the rest of it.
    std::size_t wake_at_ = SIZE_MAX;

    // The thread's own.
    std::deque<Pending> waiting_;
    std::deque<Pending> singles_; // of refused groups, to be tried one by one
    std::deque<Group> under_way_;
    Backoff backoff_{std::chrono::milliseconds{100}, std::chrono::milliseconds{5000}};
    std::thread thread_;
};

} // namespace billing::worker::webhook
