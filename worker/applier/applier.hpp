// The lanes and the listener, each on a thread of its own.
#pragma once

#include <thread>
#include <vector>

#include "applier/lane.hpp"
#include "applier/listener.hpp"

namespace billing::worker::applier {

class Applier {
  public:
    Applier(LaneOptions lanes, std::int64_t lane_count, db::Options listener);
    ~Applier();

    void start();
    // Waits for the statements that are under way, for a few seconds at most.
    void stop();

    // Something waits for the lanes.
    void wake() { bell_.ring(); }

    const LaneStats &stats() const { return stats_; }
    const Listener &listener() const { return listener_; }

  private:
    const LaneOptions options_;
    const std::int64_t lane_count_;
    LaneStats stats_;
    Bell bell_;
    Wake stop_;
    Listener listener_;
    std::vector<std::thread> threads_;
};

} // namespace billing::worker::applier
