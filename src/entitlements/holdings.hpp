// Reads what customers hold and what products give. These need an open Spi and run in a definer
// function, under EnginePlanning.
#pragma once

#include "entitlements/overrides.hpp"
#include "entitlements/resolution.hpp"
#include "pg/spi.hpp"
#include "tenancy/organization.hpp"

namespace billing::entitlements {

using Holders = std::unordered_map<pg::Uuid, Holder, pg::UuidHash>;
// Feature keys; empty stands for all of them.
using Keys = std::vector<std::string>;

// The customers with all that is open at `at`. An unknown customer is left out. `firsts`: only what
// was one of these customers' before others were merged with them (customers/past_references.hpp).
Holders load_holders(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     const Keys &keys, core::Instant at, pg::Access access,
                     const Firsts &firsts = {});

// The features of these products, and the defaults.
Plans load_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                 const Keys &keys, pg::Access access);

// The setting limits, where somebody holds more than one grant and it may matter.
core::LimitPolicy load_limits(const pg::Uuid &organization, const Holders &holders,
                              pg::Access access);
core::LimitPolicy load_limits(const pg::Uuid &organization, const Holder &holder,
                              pg::Access access);

// What pays for these features, and what they pay for.
Credits load_credits(const pg::Uuid &organization, const Keys &keys, pg::Access access);
// The keys with those that pay for them and those they pay for; all stay all.
Keys with_credits(const Keys &keys, const Credits &credits);

// From the columns product_id, key, kind, quota, reset_interval, overage, value, per_seat; and key,
// credit_key, credit_cost.
Plans read_plans(const pg::Result &rows);
Credits read_credits(const pg::Result &rows);

// The products of open grants, each once.
std::vector<pg::Uuid> products_of(const Holders &holders);
std::vector<pg::Uuid> products_of(const Holder &holder);

// When and by what anything that gave a feature ended last, up to `at`: an event, or the id of an
// override.
struct LastEnd {
    core::Instant at = 0;
    std::string source;
};
std::optional<LastEnd> last_end_of(const pg::Uuid &organization, const pg::Uuid &customer,
                                   const Firsts &firsts, const std::string &feature_key,
                                   core::Instant at, pg::Access access);

} // namespace billing::entitlements
