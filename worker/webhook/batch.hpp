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

// How many events have to wait before the next group is sent: one while nothing is under way; then
// as many as make a transaction worth its flush; and none at all when so many groups are under way
// that a broken connection would leave too much in doubt.
std::size_t enough_to_send(std::size_t groups_under_way);

} // namespace billing::worker::webhook
