// What each customer is to the business now: paying, trialing, past due, churned. Kept in
// customer_standings, so that a list by one of them is one walk along an index.
//
// paying: MRR above 0 in some currency. churned: it was so once, and is not. trialing, past_due: a
// subscription stands so, whatever else the customer has.
#pragma once

#include "pg/spi.hpp"

namespace billing::analytics {

// All need an open Spi and run in a definer function, under EnginePlanning. What is not folded into
// the rollups yet does not count here either.

// Brings the rows of these customers to what ledger and status changes say.
void update_standings(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers);

struct StandingDifference {
    pg::Uuid customer;
    std::string stored;
    std::string derived;
};
// Every customer whose rows say something else.
std::vector<StandingDifference> standing_differences(const pg::Uuid &organization);

// Customers with something that is due and not folded.
std::vector<pg::Uuid> due_customers(const pg::Uuid &organization, core::Instant now);

} // namespace billing::analytics
