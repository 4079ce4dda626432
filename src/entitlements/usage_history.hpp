// A customer's usage of one feature, period by period, from the log. Needs an open Spi in a definer
// function, under EnginePlanning.
#pragma once

#include "entitlements/standing.hpp"

namespace billing::entitlements {

struct UsagePeriod {
    core::QuotaPeriod bounds;
    std::optional<int64_t> quota; // empty: unlimited
    int64_t used = 0;             // whatever paid for it
    int64_t overage = 0;
    int64_t records = 0;
};

// The periods that hold an instant of [from, to) and have usage, and the running one, by their
// start.
std::vector<UsagePeriod> usage_history(const Question &question, const std::string &feature_key,
                                       core::Instant from, core::Instant to);

} // namespace billing::entitlements
