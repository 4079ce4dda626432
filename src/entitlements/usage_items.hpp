// What track_usage_many is given: a JSON array of usages.
#pragma once

#include "entitlements/usage_records.hpp"

namespace billing::entitlements {

struct UsageItem {
    std::string customer;
    UsageRequest request; // whose customer is not known yet
};

// The field of an item: usage[3].
std::string item_field(size_t place);

// Checks all there is to check without the tables; throws validation_failed naming each field that
// is not acceptable.
std::vector<UsageItem> read_items(const pg::Uuid &organization, Datum jsonb);

} // namespace billing::entitlements
