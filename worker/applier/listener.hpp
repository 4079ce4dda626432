// The connection that listens for new events and looks after the database: it rings the bell for
// each NOTIFY of events, asks every few seconds whether the extension answers, fetches
// billing.stats(), and writes which API keys were used.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "applier/bell.hpp"
#include "base/clock.hpp"
#include "base/wake.hpp"
#include "db/connection.hpp"

namespace billing::worker::applier {

// The numbers of billing.stats(), for /metrics.
struct DatabaseStats {
    double received = 0;
    double pending = 0;
    double oldest_pending_seconds = 0;
    double failed = 0;
    double alarms = 0;
};

class Listener {
  public:
    Listener(db::Options options, Bell &bell) : options_(std::move(options)), bell_(bell) {}

    // Runs until `stop` is signalled.
    void run(const Wake &stop);

    // Whether the extension answered a short time ago.
    bool database_answers(SteadyTime now) const;
    std::optional<DatabaseStats> stats() const;

  private:
    std::optional<Error> listen(const Wake &stop);
    std::optional<Error> check(db::Connection &connection, const Wake &stop);
    void fetch_stats(db::Connection &connection, const Wake &stop);

    const db::Options options_;
    Bell &bell_;
    std::atomic<SteadyTime::rep> answered_at_{0};
    mutable std::mutex mutex_;
    std::optional<DatabaseStats> stats_; // guarded by mutex_
};

} // namespace billing::worker::applier
