// Which organization a worker's lane serves next.
#pragma once

#include "pg/spi.hpp"

namespace billing::stripe {

// An organization that has queued events, or rows whose time has come, and whose lane is free; the
// lane is held from then on. Organizations take turns: a busy one does not starve the others.
// Empty: nothing to do, or all lanes are busy.
std::optional<pg::Uuid> claim_lane(core::Instant now);

} // namespace billing::stripe
