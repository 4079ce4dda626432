// reserve_usage and settle_usage: usage promised for work under way. Both need an open Spi in a
// definer function, under EnginePlanning.
#pragma once

#include "entitlements/usage_records.hpp"

namespace billing::entitlements {

// The id of the reservation; empty: there is not so much. The request's key again, for this
// customer and feature, gives the same id; with another quantity it is idempotency_conflict.
std::optional<pg::Uuid> reserve(const UsageRequest &request, core::Instant expires_at);

// Counts what was used in the end. While the reservation stands, up to its quantity is granted in
// any case; afterwards it is a consumption like any other. The same again gives the same answer,
// another quantity is conflict. Throws not_found.
UsageAnswer settle_reservation(const pg::Uuid &organization, const pg::Uuid &id, int64_t actual);

} // namespace billing::entitlements
