// How waiting events become groups, each one transaction. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "webhook/event.hpp"

namespace billing::worker::webhook {

struct BatchLimits {
    std::size_t max_events = 256;
    std::size_t max_bytes = 4 * 1024 * 1024;
};

struct Group {
    std::vector<Pending> members;
    std::size_t bytes = 0;
    SteadyTime sent_at{};
};

// The oldest events, at least one and in their order, within the limits.
Group take_group(std::deque<Pending> &waiting, const BatchLimits &limits);

// Puts the members of a refused group in front of what waits to be tried alone.
void take_apart(Group &group, std::deque<Pending> &singles);

// Whether to send now: always while nothing is under way; else only as many as make a transaction
// worth its flush, and only so many groups that a broken connection leaves little in doubt.
bool worth_sending(std::size_t waiting, std::size_t groups_under_way);

} // namespace billing::worker::webhook
