// What two customers hold and have used, when they turn out to be one.
#pragma once

#include "core/instant.hpp"
#include "pg/values.hpp"

namespace billing::entitlements {

// What `from` was given by hand, what Stripe says it is entitled to, its usage, holds and counters
// become those of `to`: what both have used of a feature in the period that runs adds up, and the
// log with it; fractions of a credit that are prepaid add up, to a whole one and more. Where both
// used one idempotency key, that of `to` stands. Stretches of plans follow their subscriptions
// (replace_grants); the answers have to be resolved anew for both.
void move_holdings(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to,
                   core::Instant now);

} // namespace billing::entitlements
