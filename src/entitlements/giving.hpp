// Giving and taking by hand: grants, top-ups, blocks, and their end. Each resolves the customer's
// access to the feature in the caller's transaction.
//
// These need an open Spi in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/resolution.hpp"
#include "pg/spi.hpp"

namespace billing::entitlements {

struct Gift {
    pg::Uuid customer;
    std::string feature_key;
    What what = What::grant;
    std::optional<int64_t> quota; // empty: unlimited
    std::optional<std::string> value;
    std::optional<core::Instant> expires_at;
    int64_t priority = 100;
    std::optional<int64_t> rollover_max;
    std::optional<pg::Uuid> subscription;
    core::ResetInterval reset = core::ResetInterval::never;
    std::optional<std::string> idempotency_key;
};

// The id of the new override. The same idempotency key again, for this customer and feature, gives
// the same id. Throws not_found, validation_failed, conflict for an archived customer and
// idempotency_conflict where the key gave something else.
pg::Uuid give(const pg::Uuid &organization, const Gift &gift);

// Blocks the feature; a customer has one block of it at a time.
pg::Uuid block(const pg::Uuid &organization, const pg::Uuid &customer,
               const std::string &feature_key);

// Ends an override now; nothing happens where it has ended. Throws not_found.
void revoke(const pg::Uuid &organization, const pg::Uuid &id);

} // namespace billing::entitlements
