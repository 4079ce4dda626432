#include "stripe/settle.hpp"

#include <algorithm>

namespace billing::stripe {

Winner last_of_group(Work &work, const core::Seen &seen, const Event &event) {
    Winner winner;
    winner.group = core::group_of(seen);
    if (std::find(winner.group.begin(), winner.group.end(), event.event_id) == winner.group.end()) {
        winner.group.push_back(event.event_id);
    }
    std::vector<core::Candidate> candidates;
    std::vector<std::string> bodies;
    EventReader reader;
    for (const std::string &id : winner.group) {
        core::Candidate candidate;
        candidate.event_id = id;
        candidate.rank = id == seen.event_id ? seen.rank : core::kEmbeddedRank;
        std::string body = work.body_of(id);
        // A pruned event competes by its id alone.
        if (!body.empty()) {
            const EventEnvelope envelope = reader.read(body);
            candidate.rank = rank_of(envelope);
            candidate.own = object_fingerprint(envelope.object);
            candidate.previous =
                previous_fingerprint(envelope.object, envelope.previous_attributes);
        }
        candidates.push_back(std::move(candidate));
        bodies.push_back(std::move(body));
    }
    const size_t last = core::last_of(candidates);
    winner.event_id = candidates[last].event_id;
    winner.body = std::move(bodies[last]);
    winner.sight = {event.created, candidates[last].rank, winner.group[last]};
    return winner;
}

} // namespace billing::stripe
