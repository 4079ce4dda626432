// The order in which rows of access are locked by who locks several of them.
#pragma once

#include "entitlements/access_rows.hpp"

namespace billing::entitlements {

// By customer, and what others pay for before what pays: so does who consumes, who locks a feature
// before the credits that pay for it. `credits` are those of all these features.
void sort_for_locking(std::vector<AccessKey> &keys, const Credits &credits);

} // namespace billing::entitlements
