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
    std::size_t line = 0; // of the connection that carries it
};

// The oldest events, at least one and in their order, within the limits.
Group take_group(std::deque<Pending> &waiting, const BatchLimits &limits);

// Puts the members of a refused group in front of what waits to be tried alone.
void take_apart(Group &group, std::deque<Pending> &singles);

// How many events have to wait before the next group is sent: one while nothing is under way; then
// as many as make a transaction worth its flush; and none at all when so many groups are under way
// that a broken connection would leave too much in doubt.
std::size_t enough_to_send(std::size_t groups_under_way);

// Which connection carries the next group, by how many groups each has under way and by how long a
// commit takes. Behind the other group, where that one is soon on the disk: then the server's
// process never waits for us. Beside it, where the disk is slow: then the statement of the one runs
// during the commit of the other.
std::size_t choose_line(const std::vector<std::size_t> &under_way,
                        SteadyTime::duration commit_time);

} // namespace billing::worker::webhook
