// The usual consumption or return, whole: a pool or a slot has enough, nobody is in the way, no
// threshold is reached, no key is to be remembered. Two rows are written and no statement is run,
// so it needs neither the owner's rights nor an open Spi.
#pragma once

#include "entitlements/usage_records.hpp"

namespace billing::entitlements {

// Whether the tables are known.
bool at_once_is_ready();
// Finds them; to be called after require_schema().
void prepare_at_once();

// Empty: nothing was done, perhaps as the tables are not known.
std::optional<UsageAnswer> track_at_once(const UsageRequest &request, core::Instant now);

} // namespace billing::entitlements
