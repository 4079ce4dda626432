// From what a request shows to whom it works for: the key or the membership looked up.
#pragma once

#include "settings.hpp"
#include "tenancy/credentials.hpp"

namespace billing::tenancy {

struct Identity {
    Trusted trusted;
    std::optional<core::Instant> last_used_at; // of a key
};

// Runs as whoever calls it, and touches no SQL. Throws unauthenticated for a key that is not good,
// whatever it lacks, after the same work; forbidden for an organization that the caller does not
// belong to, whether it exists or not.
Identity identify(const Credentials &credentials);

} // namespace billing::tenancy
