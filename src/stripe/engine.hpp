// The engine: takes events from the queue in batches and applies them, each exactly once.
#pragma once

#include "tenancy/organization.hpp"

namespace billing::stripe {

struct Progress {
    int64_t applied = 0;
    int64_t failed = 0;
    int64_t remaining = 0; // still queued for the organization
};

// Applies up to `max_events` queued events of the organization, whose lane the caller holds, and
// folds what has become due. A bad event parks itself in event_failures; the others go on.
Progress process(tenancy::Organization organization, int64_t max_events);

} // namespace billing::stripe
