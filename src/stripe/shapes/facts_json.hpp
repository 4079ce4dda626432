// What of a catalogue object pricing reads, as compact JSON in Stripe's newest shape: the readers
// give the same facts back.
#pragma once

#include "core/snapshot.hpp"

#include <string>

namespace billing::stripe {

std::string price_json(const core::PriceFacts &price);
std::string coupon_json(const core::CouponFacts &coupon);
std::string discount_json(const core::DiscountFacts &discount);

} // namespace billing::stripe
