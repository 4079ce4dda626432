// What apply tells this room: when each subscription gave its customer the features of a product.
//
// Both functions need an open Spi, run in a definer function under EnginePlanning, and take a whole
// batch: one statement per kind of change, and a row that would not change is not touched.
#pragma once

#include "core/instant.hpp"
#include "pg/values.hpp"
#include "tenancy/organization.hpp"

#include <string>
#include <vector>

namespace billing::entitlements {

// All stretches on which a subscription entitles its customer, from its first version on. None: it
// never did, or it is not to any more.
struct SubscriptionAccess {
    pg::Uuid subscription;
    pg::Uuid customer;
    struct Interval {
        pg::Uuid product;
        int64_t quantity = 1;
        core::Instant from = 0;
        std::string from_event;
        core::Instant to = core::kNever; // kNever: open
        std::string to_event;
    };
    std::vector<Interval> intervals;
};

// Brings feature_grants of these subscriptions to exactly these intervals and returns the customers
// concerned, each once: those whose grants changed.
std::vector<pg::Uuid> replace_grants(const tenancy::Organization &,
                                     const std::vector<SubscriptionAccess> &);

// Resolves the access rows of these customers anew, all features, keeping their usage. To be called
// for the customers that replace_grants names and for those whose subscription has another billing
// period or anchor, who were archived, deleted or made; after all of that is written.
void resolve_access(const tenancy::Organization &, const std::vector<pg::Uuid> &customers,
                    core::Instant now);

} // namespace billing::entitlements
