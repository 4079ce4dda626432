// Writing the rollups: netted flows per bucket.
#pragma once

#include "core/movements.hpp"
#include "pg/values.hpp"

namespace billing::analytics {

// Adds the flows to the stored ones; rows that become all zeros go, so that the same history gives
// the same rows whatever way led to it.
void add_to_rollups(const pg::Uuid &organization, const core::Flows &flows);

// What is stored.
core::Flows stored_rollups(const pg::Uuid &organization);

// Replaces what is stored by these flows.
void replace_rollups(const pg::Uuid &organization, const core::Flows &flows);

} // namespace billing::analytics
