// When customers were created, where other rows are ordered by it.
#pragma once

#include "pg/spi.hpp"

namespace billing::customers {

// After created_at of these customers was written: customer_standings follow.
void follow_creation(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers);

} // namespace billing::customers
