#include "core/precedence.hpp"

#include <algorithm>
#include <tuple>

namespace billing::core {

Standing compare(const Seen &seen, const Sight &sight) {
    if (!seen.created) {
        return Standing::newer;
    }
    if (seen.event_id == sight.event_id && seen.rank == sight.rank) {
        return Standing::older;
    }
    const bool embedded = sight.rank == kEmbeddedRank;
    if (seen.embedded() != embedded) {
        return embedded ? Standing::older : Standing::newer;
    }
    if (embedded) {
        const bool earlier = std::tie(sight.created, sight.event_id) <
                             std::make_tuple(*seen.created, std::string_view(seen.event_id));
        return earlier ? Standing::newer : Standing::older;
    }
    if (sight.created != *seen.created) {
        return sight.created > *seen.created ? Standing::newer : Standing::older;
    }
    return Standing::tie;
}

void take(Seen &seen, const Sight &sight, std::vector<std::string> others) {
    std::sort(others.begin(), others.end());
    seen.created = sight.created;
    seen.rank = sight.rank;
    seen.event_id = sight.event_id;
    seen.ties.clear();
    for (const std::string &other : others) {
        if (other != seen.event_id) {
            seen.ties += (seen.ties.empty() ? "" : " ") + other;
        }
    }
}

std::vector<std::string> group_of(const Seen &seen) {
    std::vector<std::string> group{seen.event_id};
    std::string_view rest = seen.ties;
    while (!rest.empty()) {
        const size_t space = rest.find(' ');
        group.emplace_back(rest.substr(0, space));
        rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    }
    return group;
}

size_t last_of(const std::vector<Candidate> &group) {
    // Whoever another one starts from is not the last; a cycle leaves nobody, then all compete.
    std::vector<size_t> ends;
    for (size_t i = 0; i < group.size(); ++i) {
        const bool followed = std::any_of(group.begin(), group.end(), [&](const Candidate &other) {
            return &other != &group[i] && other.previous == group[i].own &&
                   other.own != group[i].own;
        });
        if (!followed) {
            ends.push_back(i);
        }
    }
    if (ends.empty()) {
        for (size_t i = 0; i < group.size(); ++i) {
            ends.push_back(i);
        }
    }
    return *std::max_element(ends.begin(), ends.end(), [&](size_t a, size_t b) {
        return std::tie(group[a].rank, group[a].event_id) <
               std::tie(group[b].rank, group[b].event_id);
    });
}

} // namespace billing::core
