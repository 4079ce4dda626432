// The usual denial: of a customer and feature without a row of access, that there is nothing either
// from which the grants could make an answer. By index probes under the caller's snapshot, at a
// tenth of what it takes to ask the grants.
//
// Needs no Spi once the tables are known.
#pragma once

#include "pg/values.hpp"

namespace billing::entitlements {

// Whether the tables may be probed without looking further.
bool holdings_are_ready();
// Finds them; to be called after require_schema().
void prepare_holdings();

// False where there may be something: ask the grants.
bool holds_nothing(const pg::Uuid &organization, const pg::Uuid &customer,
                   std::string_view feature_key, core::Instant at);

} // namespace billing::entitlements
