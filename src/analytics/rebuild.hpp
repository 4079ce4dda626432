// Deriving everything again from the stored objects.
#pragma once

#include "analytics/revenue_entries.hpp"
#include "subscriptions/derivation.hpp"
#include "tenancy/organization.hpp"

#include <functional>

namespace billing::analytics {

// What each_portion calls: objects, and the subscriptions derived from them.
using EachDerived =
    std::function<void(subscriptions::Objects &, const std::vector<subscriptions::Derived> &)>;

// Derives ledger, status changes, rollups and revenue of the organization anew and writes what
// differs. `also` is called for each portion, after its ledger. The caller holds the lane.
void rebuild(const tenancy::Organization &organization, const EachDerived &also = {});

// Calls `each` for the subscriptions of a few hundred customers at a time, derived from their
// versions, until all were seen. The subscriptions of one customer come together.
void each_portion(const tenancy::Organization &organization, const EachDerived &each);

// The same for all invoices and reversals: each(objects, invoices, reversals), Stripe ids of
// either.
void each_revenue_portion(
    const tenancy::Organization &organization,
    const std::function<void(RevenueObjects &, const std::vector<std::string> &,
                             const std::vector<std::string> &)> &each);

} // namespace billing::analytics
