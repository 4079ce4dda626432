// The features that Stripe attaches to products, from the lists of /v1/products/{id}/features. They
// are boolean, and stand beside what is attached by hand: a row made by hand stays as it is, and a
// row made from a list goes when no list that counts names it.
//
// These need an open Spi in a definer function, under EnginePlanning, and the organization's lane.
#pragma once

#include "pg/spi.hpp"

namespace billing::entitlements {

struct FeatureList {
    pg::Uuid product;
    core::Instant created = 0;
    std::string event_id;
    std::vector<std::string> keys; // lookup keys, with the names of their features
    std::vector<std::string> names;
    bool complete = true;
};

// Keeps a list, and makes boolean features of keys that are not known; the same again changes
// nothing.
void store_list(const pg::Uuid &organization, const FeatureList &list, core::Instant now);

// Attaches and detaches what the lists of the product say: the newest complete one, and what
// incomplete ones after it name. Brings the access of those concerned up to date. Answers the keys
// that give nothing, as they are those of features that count or can be none.
std::vector<std::string> follow_lists(const pg::Uuid &organization, const pg::Uuid &product,
                                      core::Instant now);

} // namespace billing::entitlements
