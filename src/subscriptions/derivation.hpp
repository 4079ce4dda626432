// From stored versions to timelines: gathers what derive() takes and calls it.
#pragma once

#include "catalog/coupon_store.hpp"
#include "catalog/price_store.hpp"
#include "catalog/product_store.hpp"
#include "core/timeline.hpp"
#include "customers/customer_store.hpp"
#include "customers/discount_store.hpp"
#include "subscriptions/subscription_store.hpp"
#include "subscriptions/version_store.hpp"
#include "tenancy/organization.hpp"

namespace billing::subscriptions {

// The objects that pricing leans on, as a batch holds them: stored rows and changes not yet
// written.
struct Objects {
    catalog::ProductStore products;
    catalog::PriceStore prices;
    catalog::CouponStore coupons;
    customers::CustomerStore customers;
    customers::DiscountStore discounts;
    SubscriptionStore subscriptions;
};

struct Derived {
    std::string stripe_id;
    SubscriptionRow *row = nullptr;
    core::TimelineInput input; // without the versions: they are in the timeline
    core::Timeline timeline;
};

// Gathers and derives these subscriptions (Stripe ids; their rows are in objects). `fresh` holds
// versions that are not stored yet. The rows and items are brought up to the newest version.
std::vector<Derived> derive(const tenancy::Organization &organization, Objects &objects,
                            const std::vector<std::string> &stripe_ids, const VersionMap &fresh);

// What derive() looks up in the catalogue; valid as long as the objects.
core::Catalogue catalogue_of(Objects &objects);

// The catalogue objects whose terms a version leaves to the catalogue: Stripe ids.
std::vector<std::string> references_of(const core::SubscriptionSnapshot &snapshot);

// The catalogue objects that a version names, for loading: references_of and the products.
void want_objects(Objects &objects, const core::SubscriptionSnapshot &snapshot);

} // namespace billing::subscriptions
