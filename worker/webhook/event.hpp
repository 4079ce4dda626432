// An event on its way into the inbox, and what became of it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/uuid.hpp"

namespace billing::worker::webhook {

struct Event {
    std::optional<Uuid> organization; // nothing: the common path, the database decides
    std::string body;                 // the raw bytes
};

enum class Verdict {
    stored,
    duplicate,
    unrouted,             // kept in the global inbox
    unknown_organization, // not kept
    invalid,              // not kept
    failed,               // the server refused this very event, for a reason nobody foresaw
    unavailable,          // not known to be committed: the sender has to try again
};

struct Outcome {
    Verdict verdict = Verdict::unavailable;
    std::string detail; // invalid: why; failed: the id of the log line
};

// Called once, by the thread of the inbox. It must not block.
using Done = std::function<void(const Outcome &)>;

struct Pending {
    Event event;
    Done done; // empty after it was called
    SteadyTime arrived_at;
};

} // namespace billing::worker::webhook
