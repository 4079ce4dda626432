// The rows of what was given or taken by hand, with their balances. All need an open Spi and run in
// a definer function, under EnginePlanning.
//
// A row is made and ended under the lock of its customer; its balance is written under the lock of
// the access row of its customer and feature.
#pragma once

#include "customers/past_references.hpp"
#include "entitlements/resolution.hpp"
#include "pg/spi.hpp"

#include <utility>

namespace billing::entitlements {

using customers::append_firsts;
using customers::Firsts;

// Those not over at `at`, each with its customer; of these features, or of all where none are
// named. A younger transaction may have made one after `at`.
std::vector<std::pair<pg::Uuid, Override>> load_overrides(const pg::Uuid &organization,
                                                          const std::vector<pg::Uuid> &customers,
                                                          const std::vector<std::string> &keys,
                                                          core::Instant at, pg::Access access,
                                                          const Firsts &firsts = {});
// By id, open or not.
std::vector<Override> load_overrides_by_id(const pg::Uuid &organization,
                                           const std::vector<pg::Uuid> &ids, pg::Access access);

// Writes the balance of one that is stored.
void store_balance(const pg::Uuid &organization, const Override &one);

// Feature keys as an array; NULL where none are named.
void append_keys(pg::Params &params, const std::vector<std::string> &keys);

} // namespace billing::entitlements
