// What hangs on a customer.
#pragma once

#include "customers/joining.hpp"

namespace billing::stripe {

struct Belongings {
    std::vector<std::string> subscriptions; // Stripe ids
    std::vector<std::string> invoices;
};

// Makes the subscriptions, invoices and usage of one customer those of another, and says which:
// ledger, grants and revenue have to be derived from them again. Under the lane.
Belongings move_belongings(const pg::Uuid &organization, const customers::Merge &merge,
                           core::Instant now);

} // namespace billing::stripe
