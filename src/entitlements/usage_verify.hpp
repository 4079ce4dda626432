// Comparing the counters of usage with the log that they sum up.
#pragma once

#include "pg/spi.hpp"

namespace billing::entitlements {

struct UsageDifference {
    std::string_view counter; // the column: access.used, overrides.used, ...
    pg::Uuid customer;
    std::string feature_key;
    std::optional<pg::Uuid> grant;
    std::optional<int64_t> stored; // empty: there is no counter
    int64_t logged = 0;
};

// None when sound. Changes nothing, and reads one moment. Needs an open Spi in a definer function.
std::vector<UsageDifference> usage_differences(const pg::Uuid &organization);

} // namespace billing::entitlements
