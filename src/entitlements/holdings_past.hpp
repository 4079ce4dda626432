// What products gave, what paid, and which billing period ran, at an earlier instant: as it was
// decided then, and not as it is now.
//
// These need an open Spi and run in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/holdings.hpp"

namespace billing::entitlements {

// As load_plans and load_credits, of the rows that stood at `at`.
Plans load_past_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                      const Keys &keys, core::Instant at, pg::Access access);
Credits load_past_credits(const pg::Uuid &organization, const Keys &keys, core::Instant at,
                          pg::Access access);

// Gives each grant the billing period that the newest version of its subscription up to `at` says.
void put_past_periods(const pg::Uuid &organization, Holder &holder, core::Instant at,
                      pg::Access access);

} // namespace billing::entitlements
