// Lets a snapshot compete for its row.
#pragma once

#include "stripe/shapes/fingerprint.hpp"
#include "stripe/work.hpp"

namespace billing::stripe {

// The event of a group of one second that comes last, from their bodies.
struct Winner {
    core::Sight sight;
    std::string event_id;
    std::string body;
    std::vector<std::string> group;
};
Winner last_of_group(Work &work, const core::Seen &seen, const Event &event);

// Brings the row to the newest snapshot: this event's facts, or in a tie those of whichever event
// of the second comes last. `read` makes facts of an event's object. Returns whether this event's
// snapshot decides the row now.
template <class Row, class Facts, class Read>
bool settle(Work &work, Row &row, const Event &event, const Facts &facts, Read read) {
    const core::Standing standing = core::compare(row.seen, event.sight());
    if (standing == core::Standing::older) {
        return false;
    }
    row.dirty = true;
    if (standing == core::Standing::newer) {
        core::take(row.seen, event.sight());
        row.assign(facts);
        return true;
    }
    const Winner winner = last_of_group(work, row.seen, event);
    const std::string before = row.seen.event_id;
    core::take(row.seen, winner.sight, winner.group);
    if (winner.event_id == event.event_id) {
        row.assign(facts);
        return true;
    }
    if (winner.event_id != before && !winner.body.empty()) {
        EventReader reader;
        row.assign(read(reader.read(winner.body).object));
    }
    return false;
}

} // namespace billing::stripe
