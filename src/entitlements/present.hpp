// The instant that a question about now is answered for.
#pragma once

#include "pg/values.hpp"

#include <algorithm>
#include <optional>

namespace billing::entitlements {

// That is now(), the start of the transaction. But who looks again in an old transaction sees what
// younger ones did: a customer whose answer was made anew since, or of whom there is none any more,
// is asked about at the time of day, so that nobody is allowed what was seen to end.
inline core::Instant present(core::Instant now, std::optional<core::Instant> stands_from) {
    return stands_from && *stands_from <= now ? now : std::max(now, pg::time_of_day());
}

} // namespace billing::entitlements
