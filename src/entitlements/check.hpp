// check_access: the probe, and the grants where the probe does not settle it.
#pragma once

#include "entitlements/probe.hpp"

namespace billing::entitlements {

struct Checked {
    bool allowed = false;
    std::optional<int64_t> remaining; // empty: unlimited, or nothing is counted
};

// Runs in a definer function with a fixed search_path.
Checked check(const pg::Uuid &organization, const pg::Uuid &customer,
              const std::string &feature_key, int64_t quantity, Want want);

// The quantity of a question: 0 asks whether the customer has the feature at all. Throws
// validation_failed for less.
int64_t checked_quantity(int64_t quantity);

} // namespace billing::entitlements
