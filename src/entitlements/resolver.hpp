// Brings access rows to what their customers hold, under the locks of these customers: whoever
// changes what a customer holds resolves it in the same transaction, and sees what others changed.
//
// These need an open Spi and run in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/grants.hpp"
#include "entitlements/holdings.hpp"

namespace billing::entitlements {

// Waits for the customers, in the order of their ids, and holds them until the transaction ends.
void lock_customers(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers);

// Waits for who consumes this feature, or what it pays for, and holds their counters: who changes a
// balance that is stored locks in the order of who consumes, and the balance last.
void lock_answers(const pg::Uuid &organization, const pg::Uuid &customer,
                  const std::string &feature_key);

// Takes back all that pools have lent, of one feature or of all, and holds the pools until the
// transaction ends: none of them lends meanwhile.
void take_back_all(const pg::Uuid &organization, const std::optional<std::string> &feature_key);

// Some features alone, and what pays for them or is paid by them: after an edit.
void resolve_features(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                      const Keys &keys, core::Instant now);

// The next customers whose answers time alone has changed, resolved. False: there were none.
bool resolve_due(const pg::Uuid &organization, core::Instant now);

} // namespace billing::entitlements
