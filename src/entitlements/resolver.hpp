// Brings access rows to what their customers hold. Runs under the organization's lane.
#pragma once

#include "entitlements/grants.hpp"

namespace billing::entitlements {

// One feature alone, after an edit of what a product gives.
void resolve_feature(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     const std::string &feature_key, core::Instant now);

} // namespace billing::entitlements
