// The status gate: what a subscription counts for at one moment, and why that changed.
#pragma once

#include "core/stretches.hpp"

#include <string_view>

namespace billing::core {

struct Standing {
    bool mrr = false;       // its amounts are MRR
    bool trial = false;     // its amounts are trial MRR
    bool committed = false; // and are not already asked to end
    bool in_service = false;
    bool entitled = false;

    bool counts() const { return mrr || trial; }
};

// When the two periods of grace of a past_due stretch are over; kNever outside of past_due.
struct Grace {
    Instant mrr_until = kNever;
    Instant access_until = kNever;
};

// Grace runs from the moment the subscription became past_due, through all stretches in a row.
Grace grace_of(const std::vector<Stretch> &stretches, size_t index, const Settings &settings);

Standing standing_at(const Stretch &stretch, Instant at, const Grace &grace,
                     const Settings &settings);

// A stretch as it was at one moment, with the subscription-level discounts in force.
struct Moment {
    const Stretch *stretch = nullptr;
    const std::vector<DiscountFacts> *discounts = nullptr;
    Standing standing;
};

// The reason of a change from one version to a later one; `before` is empty for the first.
std::string_view reason_of(const Moment &before, const Moment &after, const Settings &settings);

} // namespace billing::core
