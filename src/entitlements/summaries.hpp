// What Stripe Entitlements says that customers have. Needs an open Spi in a definer function, under
// EnginePlanning.
#pragma once

#include "core/instant.hpp"
#include "pg/spi.hpp"

namespace billing::entitlements {

struct EntitlementSummary {
    pg::Uuid customer;
    std::string stripe_customer; // one of those that the customer has there
    core::Instant created = 0;
    std::string event_id;
    std::vector<std::string> keys; // lookup keys, which are those of features
    bool complete = true;
};

// Keeps a summary; the same again changes nothing. The customer's access is to be resolved then.
void store_summary(const pg::Uuid &organization, const EntitlementSummary &summary);

} // namespace billing::entitlements
