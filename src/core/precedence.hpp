// Which snapshot of an object decides its row: a function of the set of events, not their order.
//
// A snapshot is named by its event: created, lifecycle rank, id. The newest created wins. In one
// second the events form a group that is kept whole, and the last of its chain wins; who that is
// takes the events' bodies to tell. An object known only as part of another one (embedded) is
// decided by the earliest such sight, so that later ones need no write, and gives way to any event
// of its own.
#pragma once

#include "core/instant.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace billing::core {

inline constexpr int16_t kEmbeddedRank = -1;

struct Sight {
    Instant created = 0;
    int16_t rank = 0;
    std::string_view event_id;
};

// What a row remembers of the snapshot that decided it.
struct Seen {
    std::optional<Instant> created; // empty: a row that stands in for an object not yet seen
    int16_t rank = kEmbeddedRank;
    std::string event_id;
    std::string ties; // ids of the other events of that second, sorted, separated by spaces

    bool embedded() const { return rank == kEmbeddedRank; }
};

enum class Standing : uint8_t { older, newer, tie };
Standing compare(const Seen &seen, const Sight &sight);

// Takes the sight as the one that decides. `group` is empty unless there was a tie.
void take(Seen &seen, const Sight &sight, std::vector<std::string> others = {});

// All ids of the group: the deciding one and its ties.
std::vector<std::string> group_of(const Seen &seen);

// One event of a group of the same second.
struct Candidate {
    int16_t rank = 0;
    std::string event_id;
    uint64_t own = 0;                 // fingerprint of the object
    std::optional<uint64_t> previous; // and of the object before the event
};
// The last of the chain previous == own; where no chain tells, the highest rank, then event id.
size_t last_of(const std::vector<Candidate> &group);

} // namespace billing::core
