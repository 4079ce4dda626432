// Counters at an earlier instant, from the log of usage. Need an open Spi in a definer function.
#pragma once

#include "entitlements/account.hpp"

namespace billing::entitlements {

Account past_account(const pg::Uuid &organization, const AccessKey &key, const Resolution &answer,
                     core::Instant at, pg::Access access);

// The fraction of a credit that was paid already.
core::Decimal past_prepaid(const pg::Uuid &organization, const AccessKey &key, core::Instant at,
                           pg::Access access);

// The balance of an override at an instant, as its burns add up, period by period.
void replay(const pg::Uuid &organization, Override &one, core::Instant at, pg::Access access);

} // namespace billing::entitlements
