// check_access: the probe, and the grants where the probe does not settle it.
#pragma once

#include "entitlements/probe.hpp"

namespace billing::entitlements {

struct Checked {
    bool allowed = false;
    std::optional<int64_t> remaining; // empty: unlimited, or nothing is counted
};

// May run as anybody: it is the owner of the data where it needs to be.
Checked check(const pg::Uuid &organization, const pg::Uuid &customer, std::string_view feature_key,
              int64_t quantity, Want want);

// The quantity of a question: 0 asks whether the customer has the feature at all. Throws
// validation_failed for less.
int64_t checked_quantity(int64_t quantity);

} // namespace billing::entitlements
