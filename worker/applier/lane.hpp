// One connection that calls billing.process_events() while there is something to do, then waits
// for the bell or for the poll interval. Which organization it gets is the database's choice: two
// lanes never work on the same one. It knows no billing rule.
#pragma once

#include <atomic>
#include <cstdint>

#include "applier/bell.hpp"
#include "base/wake.hpp"
#include "db/connection.hpp"

namespace billing::worker::applier {

struct LaneOptions {
    db::Options database;
    std::int64_t events = 200;
    std::chrono::milliseconds poll_interval{1000};
};

struct LaneStats {
    std::atomic<std::uint64_t> applied{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::int64_t> connected{0};
};

struct Progress {
    std::int64_t applied = 0;
    std::int64_t failed = 0;
    std::int64_t remaining = 0;
};

// Whether to call again at once. What remains but does not move is left to the next poll.
bool go_on(const Progress &progress);

// Runs until `stop` is signalled; the statement that is under way then has a few seconds to end.
void run_lane(const LaneOptions &options, LaneStats &stats, Bell &bell, const Wake &stop);

} // namespace billing::worker::applier
