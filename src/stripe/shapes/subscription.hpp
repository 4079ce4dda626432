// Subscriptions: every shape in, one snapshot out, and the one shape in which versions are stored.
#pragma once

#include "core/snapshot.hpp"
#include "stripe/shapes/error.hpp"
#include "stripe/shapes/json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace billing::stripe {

// `customer` is the customer's id, or the customer_account's where Stripe sends only that.
// A coupon or a price that came as an id alone has that id and no amounts: look it up.
core::SubscriptionSnapshot read_subscription(Element object);

// The subscription as it was before the event: previous_attributes laid over data.object. A hash is
// merged key by key, an array or a plain value replaced whole, null removes; an item that is listed
// without its price is merged into the item of the same id (or place). Empty where
// previous_attributes is absent or cannot be read: an event is never refused because of it.
std::optional<core::SubscriptionSnapshot> previous(Element object,
                                                   std::optional<Element> previous_attributes);

// Of what billing reads, so that one state has one fingerprint in every API version: amounts of
// prices, expansion of discounts and the order of items do not matter. Stored with each version;
// its definition never changes.
uint64_t fingerprint(const core::SubscriptionSnapshot &snapshot);

// Compact JSON in Stripe's newest shape, defaults left out, decimals as strings:
// read_subscription(parse(write_snapshot(s))) is s again, for every s that a reader gave.
std::string write_snapshot(const core::SubscriptionSnapshot &snapshot);

} // namespace billing::stripe
