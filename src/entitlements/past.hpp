// Counters at an earlier instant, from the log of usage and the changes of pools. Need an open Spi
// in a definer function.
#pragma once

#include "entitlements/standing.hpp"

namespace billing::entitlements {

// The account behind an answer; behind none, the pool that is kept when access ends.
Account past_account(const Question &question, const std::string &feature_key,
                     const std::optional<Resolution> &answer);

// The fraction of a credit that was paid already.
core::Decimal past_prepaid(const Question &question, const std::string &feature_key);

} // namespace billing::entitlements
