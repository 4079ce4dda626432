// What deletions at Stripe mean for the customers here.
#pragma once

#include "pg/spi.hpp"

namespace billing::customers {

// After deletions were written, or other Stripe customers came to lead to these: one is archived
// once all its Stripe customers are deleted, whichever was there first, and not before. What
// archived it here stays.
void settle_deletions(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers);

} // namespace billing::customers
