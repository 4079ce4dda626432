// track_usage: check and consume in one step, in the caller's transaction.
#pragma once

#include "entitlements/usage_records.hpp"

namespace billing::entitlements {

// Holds the customer's counter of the feature until the transaction ends. A denial is an answer;
// it is recorded only with an idempotency key. Needs an open Spi in a definer function, under
// EnginePlanning. Throws validation_failed for a feature that is not metered or a counter that
// would overflow.
UsageAnswer track(const UsageRequest &request);

} // namespace billing::entitlements
