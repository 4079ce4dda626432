// The one door in: raw event bodies to the inbox.
#pragma once

#include "pg/spi.hpp"

namespace billing::stripe {

enum class Arrival : uint8_t { stored, duplicate, unrouted, unknown_organization, invalid };
std::string_view word_of(Arrival arrival);

struct Incoming {
    std::string_view body;
    std::optional<pg::Uuid> organization; // of the path; empty: by the event's account
};

struct Received {
    Arrival arrival = Arrival::invalid;
    std::optional<pg::Uuid> organization;
    std::string event_id;
    std::string detail; // why it is invalid
};

// Whether each call rings for the lanes, or only one of those that follow closely: for callers that
// wake their own lanes.
enum class Wake : uint8_t { always, seldom };

// Stores the bodies, each at most once per organization and event id, and wakes the lanes. A body
// that is no event is an answer and no error. Needs an open Spi.
std::vector<Received> receive(const std::vector<Incoming> &bodies,
                              const std::optional<pg::Uuid> &default_organization, Wake wake);

} // namespace billing::stripe
