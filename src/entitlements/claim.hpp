// The answer that a consumption counts against, with the row that counts it, locked until the
// transaction ends. Needs an open Spi in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/standing.hpp"

namespace billing::entitlements {

struct Claim {
    Resolution answer;
    AccessRow row; // none for a feature that is not metered
};

// `row` as it was locked, if it is there. Empty: there is nothing to use. The first consumption of
// what has no row yet makes it.
std::optional<Claim> claim(const Question &question, const std::string &feature_key,
                           const std::optional<AccessRow> &row);

// The instant that a consumption speaks of, once the row is locked.
core::Instant present(const std::optional<AccessRow> &row);

// Whoever edits the feature's plans waits until this transaction ends, and sees its rows.
void share_feature(const pg::Uuid &organization, const std::string &feature_key);
// Of several, in the order of their keys.
void share_features(const pg::Uuid &organization, const Keys &feature_keys);

} // namespace billing::entitlements
