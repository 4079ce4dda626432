// Edits of what products give. Each brings the access of exactly those who hold the product now up
// to date, that one feature, in the caller's transaction.
#pragma once

#include "catalog/feature.hpp"
#include "core/quota.hpp"
#include "pg/spi.hpp"

namespace billing::entitlements {

// What attach_feature says. No product: the default of customers without a plan.
struct Attachment {
    std::optional<pg::Uuid> product;
    std::string feature_key;
    std::optional<int64_t> quota;
    core::ResetInterval reset = core::ResetInterval::month;
    core::Overage overage = core::Overage::reject;
    std::optional<std::string> value; // JSON
    bool per_seat = false;
    bool from_stripe = false;
};

// These need an open Spi in a definer function, under EnginePlanning, and take the organization's
// lane. They throw not_found for an unknown product or feature.
void attach(const pg::Uuid &organization, const Attachment &attachment);
// Nothing happens where the feature is not attached; throws conflict where Stripe attaches it.
void detach(const pg::Uuid &organization, const std::optional<pg::Uuid> &product,
            const std::string &feature_key);

// The same for what Stripe attaches (product_links.hpp): a boolean feature that is not attached,
// and one that it attached. The caller holds the lane, and may not be one that waits for customers.
void attach_from_stripe(const pg::Uuid &organization, const pg::Uuid &product,
                        const std::string &feature_key, core::Instant now);
void detach_from_stripe(const pg::Uuid &organization, const pg::Uuid &product,
                        const std::string &feature_key, core::Instant now);

// Brings every feature of every customer up to date. The caller holds the lane.
void resolve_everybody(const pg::Uuid &organization, core::Instant now);

// Brings one feature up to date for all whose access to another was ever resolved.
void resolve_resolved(const pg::Uuid &organization, const std::string &resolved_key,
                      const std::string &feature_key);

} // namespace billing::entitlements
