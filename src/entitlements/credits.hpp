// Which feature pays for another one. Needs an open Spi in a definer function, under
// EnginePlanning.
#pragma once

#include "core/decimal.hpp"
#include "pg/spi.hpp"

namespace billing::entitlements {

// One unit of the feature costs so much of the credit; no cost: it does not pay any more. Brings
// the access of all holders of the credit up to date. Throws not_found, validation_failed, and
// conflict where another credit pays.
void set_cost(const pg::Uuid &organization, const std::string &credit_key,
              const std::string &feature_key, const std::optional<core::Decimal> &cost);

} // namespace billing::entitlements
