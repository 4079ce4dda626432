// External ids that Stripe's metadata ask for.
#pragma once

#include "pg/spi.hpp"

namespace billing::customers {

// Holds whom settle_claims() may change.
void take_claimants(const pg::Uuid &organization, const std::vector<std::string> &external_ids);

// Gives each of these external ids to the oldest living customer whose metadata at Stripe claims
// it, unless somebody was given it here.
void settle_claims(const pg::Uuid &organization, const std::vector<std::string> &external_ids);

} // namespace billing::customers
