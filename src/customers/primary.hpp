// Which of a customer's Stripe customers it shows: one that is not deleted there, before one that
// came by a merge made by hand, the one that was created first. It does not depend on which was
// heard of first.
#pragma once

#include "pg/spi.hpp"

namespace billing::customers {

// For customers whose Stripe customers may have become others, or be dated or deleted otherwise.
// What Stripe says of the one that is shown moves into the customer's row, and that of the one
// shown before into the row that leads here; texts stay where they were written here. Needs an open
// Spi, under the lane; what is kept of the rows in memory is not right any more.
void settle_primaries(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers);

} // namespace billing::customers
