// track_usage_many: each item is decided as track_usage would decide it, after those before it.
//
// Two batches never wait for each other in a circle, whatever the order of their items, as both
// lock in the order of locking_order.hpp: customers by their ids, and of each the features by their
// keys. No answer depends on that, as only the items of one feature of a customer, and of those
// that are paid by the same credits, count against the same balances: these are decided in the
// order in which they came, once all their rows are locked. What has no row is denied, whatever
// comes before it, and recorded in the order of its idempotency keys.
#pragma once

#include "entitlements/usage_items.hpp"

namespace billing::entitlements {

// Needs an open Spi in a definer function, under EnginePlanning. An error names the item.
std::vector<UsageAnswer> track_all(const pg::Uuid &organization, std::vector<UsageItem> &items);

} // namespace billing::entitlements
