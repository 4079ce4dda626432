// From what a subscription's history says to what the rows of its access are made of.
#pragma once

#include "entitlements/grants.hpp"
#include "subscriptions/derivation.hpp"

namespace billing::stripe {

// `objects` hold the products that the history names.
entitlements::SubscriptionAccess access_of(subscriptions::Objects &objects,
                                           const subscriptions::Derived &derived);

} // namespace billing::stripe
