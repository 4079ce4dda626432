// Stripe's words for what a snapshot holds as an enum; empty for the default of each, which Stripe
// does not write.
#pragma once

#include "core/snapshot.hpp"

#include <string_view>

namespace billing::core {

std::string_view word_of(Interval interval);
std::string_view word_of(TiersMode mode);
std::string_view word_of(PauseBehavior behavior);
std::string_view word_of(CouponDuration duration);

} // namespace billing::core
