// track_usage: check and consume in one step, in the caller's transaction.
#pragma once

#include "entitlements/till.hpp"

namespace billing::entitlements {

// Holds the customer's counters of the feature until the transaction ends. A denial is an answer;
// it is recorded only with an idempotency key. Needs an open Spi in a definer function, under
// EnginePlanning. Throws validation_failed for a feature that is not metered or a counter that
// would overflow.
UsageAnswer track(const UsageRequest &request);

// The same from anywhere: at once, if that will do, else as the owner of the data.
UsageAnswer track_from_outside(const UsageRequest &request);

// The same without a key, ending a promise that stood for it; a quantity of 0 only does that.
UsageAnswer consume(const UsageRequest &request, const std::optional<Promise> &promised);

// Throws validation_failed.
void require_metered(Kind kind);

} // namespace billing::entitlements
