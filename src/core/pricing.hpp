// The monthly recurring revenue of one subscription snapshot at one instant.
//
// Implements the rules in their order: base per billing period, item discounts, then
// subscription discounts, inclusive tax, the monthly factor. The status gate is the timeline's.
#pragma once

#include "core/settings.hpp"
#include "core/snapshot.hpp"

#include <functional>
#include <string>
#include <vector>

namespace billing::core {

// What is known of the catalogue beyond the snapshot itself. Each function answers nullptr for what
// is unknown; pointers stay valid as long as the object.
struct Catalogue {
    std::function<const PriceFacts *(const std::string &id)> price;
    std::function<const CouponFacts *(const std::string &id)> coupon;
    std::function<const DiscountFacts *(const std::string &id)> discount;
};

// A discount whose terms are all known, with the interval on which it is live.
struct LiveDiscount {
    std::string id;
    CouponFacts coupon;
    Instant start = kBeginning;
    Instant end = kNever;
};

// Resolves a listed discount from itself, then from the catalogue; empty where its coupon is
// unknown. A repeating coupon without an end ends duration_in_months after its start, day clamped,
// in UTC.
std::optional<LiveDiscount> resolve(const DiscountFacts &listed, const Catalogue &catalogue);

struct PricedItem {
    const ItemSnapshot *item = nullptr;
    Decimal base;       // per billing period, before discounts
    Decimal discounted; // per billing period, after discounts and tax
    Decimal mrr;        // per month
};

// One step of the computation, for people: what was applied and the amount after it.
struct Step {
    std::string item; // Stripe id; empty for a step of the whole subscription
    std::string price;
    std::string step;   // base, item_discount, subscription_discount, inclusive_tax, monthly, ...
    std::string detail; // a sentence
    Decimal amount;
};

struct PricingResult {
    std::vector<PricedItem> items;
    // A discount could not be resolved, or tiers are unknown: the result is not to be trusted.
    bool unresolved = false;
};

// `subscription_discounts` is the list in force (it may hold more than the snapshot lists).
// Discounts that are not live at `at`, or that the settings leave out, have no effect.
// `steps`, where given, receives the explanation in order.
PricingResult price_subscription(const SubscriptionSnapshot &snapshot,
                                 const std::vector<DiscountFacts> &subscription_discounts,
                                 Instant at, const Catalogue &catalogue, const Settings &settings,
                                 std::vector<Step> *steps = nullptr);

// The amount of one item per billing period before discounts; empty where tiers are unknown.
std::optional<Decimal> base_amount(const PriceFacts &price, const std::string &currency,
                                   std::optional<int64_t> quantity);
// Multiplies an amount per billing period up or down to a month.
Decimal monthly(Decimal amount, Interval interval, int32_t interval_count);

} // namespace billing::core
