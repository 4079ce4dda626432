#include "applier/applier.hpp"

#include <utility>

namespace billing::worker::applier {

Applier::Applier(LaneOptions lanes, std::int64_t lane_count, db::Options listener)
    : options_(std::move(lanes)), lane_count_(lane_count), listener_(std::move(listener), bell_) {}

Applier::~Applier() {
    stop();
}

void Applier::start() {
    threads_.emplace_back([this] { listener_.run(stop_); });
    for (std::int64_t lane = 0; lane < lane_count_; ++lane) {
        threads_.emplace_back([this] { run_lane(options_, stats_, bell_, stop_); });
    }
}

void Applier::stop() {
    stop_.signal();
    bell_.ring_out();
    for (auto &thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

} // namespace billing::worker::applier
