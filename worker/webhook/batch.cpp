#include "webhook/batch.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace billing::worker::webhook {

Group take_group(std::deque<Pending> &waiting, const BatchLimits &limits) {
    Group group;
    while (!waiting.empty() && group.members.size() < limits.max_events) {
        const auto size = waiting.front().event.body.size();
        if (!group.members.empty() && group.bytes + size > limits.max_bytes) {
            break;
        }
        group.bytes += size;
        group.members.push_back(std::move(waiting.front()));
        waiting.pop_front();
    }
    return group;
}

void take_apart(Group &group, std::deque<Pending> &singles) {
    singles.insert(singles.begin(), std::make_move_iterator(group.members.begin()),
                   std::make_move_iterator(group.members.end()));
    group.members.clear();
}

std::size_t enough_to_send(std::size_t groups_under_way) {
    constexpr std::size_t kMostGroups = 2;
    constexpr std::size_t kSmallestSecond = 32;
    if (groups_under_way == 0) {
        return 1;
    }
    return groups_under_way < kMostGroups ? kSmallestSecond : SIZE_MAX;
}

std::size_t choose_line(const std::vector<std::size_t> &under_way,
                        SteadyTime::duration commit_time) {
    constexpr std::chrono::microseconds kQuick{700};
    const auto line = commit_time < kQuick ? std::max_element(under_way.begin(), under_way.end())
                                           : std::min_element(under_way.begin(), under_way.end());
    return static_cast<std::size_t>(line - under_way.begin());
}

} // namespace billing::worker::webhook
