// Reads what customers hold and what products give. These need an open Spi and run in a definer
// function, under EnginePlanning.
#pragma once

#include "entitlements/resolution.hpp"
#include "pg/spi.hpp"
#include "tenancy/organization.hpp"

namespace billing::entitlements {

using Holders = std::unordered_map<pg::Uuid, Holder, pg::UuidHash>;

// The customers with their grants open at `at`. An unknown customer is left out.
Holders load_holders(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     core::Instant at, pg::Access access);

// The features of these products, and the defaults.
Plans load_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                 pg::Access access);
// The same for one feature.
Plans load_plans_of(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                    const std::string &feature_key, pg::Access access);

// The products of open grants, each once.
std::vector<pg::Uuid> products_of(const Holders &holders);

// When and by which event grants of the customers ended last, up to `at`.
struct LastEnd {
    core::Instant at = 0;
    std::string event_id;
};
using LastEnds = std::unordered_map<pg::Uuid, LastEnd, pg::UuidHash>;
LastEnds load_last_ends(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                        core::Instant at, pg::Access access);
// The same of those grants alone that gave the feature.
std::optional<LastEnd> last_end_of(const pg::Uuid &organization, const pg::Uuid &customer,
                                   const std::string &feature_key, core::Instant at,
                                   pg::Access access);

} // namespace billing::entitlements
