// What two customers have used, when they turn out to be one.
#pragma once

#include "core/instant.hpp"
#include "pg/values.hpp"

namespace billing::entitlements {

// Usage and counters of `from` become those of `to`: what both have used of a feature in the period
// that runs adds up. Where both used one idempotency key, that of `to` stands. Grants follow their
// subscriptions (replace_grants); the answers have to be resolved anew for both.
void move_usage(const pg::Uuid &organization, const pg::Uuid &from, const pg::Uuid &to,
                core::Instant now);

} // namespace billing::entitlements
