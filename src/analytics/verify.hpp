// Comparing what is stored with what the stored versions derive.
#pragma once

#include "tenancy/organization.hpp"

#include <string>
#include <vector>

namespace billing::analytics {

struct Difference {
    std::string part; // mrr_changes, status_changes, mrr_rollup, count_rollup, ...
    std::string key;
    std::string stored;  // empty: is missing
    std::string derived; // empty: should not be
};

// Derives everything as rebuild() would, compares, and changes nothing.
std::vector<Difference> differences(const tenancy::Organization &organization);

} // namespace billing::analytics
