// What the engine keeps of Stripe's objects: the fields that billing rules read, in one shape.
//
// Stripe's shapes differ by API version; src/stripe/shapes reads all of them into these structs.
// They are plain values: no database, no JSON. An empty string is an absent id or name.
#pragma once

#include "core/decimal.hpp"
#include "core/instant.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace billing::core {

enum class Interval : uint8_t { none, day, week, month, year }; // none: a one-time price
enum class TiersMode : uint8_t { none, graduated, volume };

struct Tier {
    std::optional<int64_t> up_to; // empty: no upper limit
    Decimal unit_amount;
    Decimal flat_amount;
};

struct TransformQuantity {
    int64_t divide_by = 1;
    bool round_up = true;
};

// The amounts of a price in one currency.
struct PriceAmounts {
    std::string currency;
    std::optional<Decimal> unit_amount; // unit_amount_decimal, else unit_amount
    std::vector<Tier> tiers;            // empty while unknown: Stripe sends them only expanded
};

struct PriceFacts {
    std::string id;
    std::string product;
    PriceAmounts amounts;
    std::vector<PriceAmounts> currency_options; // other currencies, where known
    TiersMode tiers_mode = TiersMode::none;
    std::optional<TransformQuantity> transform;
    Interval interval = Interval::none;
    int32_t interval_count = 1;
    bool metered = false;

    bool tiers_missing() const { return tiers_mode != TiersMode::none && amounts.tiers.empty(); }
};

enum class CouponDuration : uint8_t { forever, once, repeating };

struct CouponFacts {
    std::string id;
    std::optional<Decimal> percent_off; // 20 means 20 percent
    std::optional<Decimal> amount_off;  // minor units of currency
    std::string currency;
    CouponDuration duration = CouponDuration::forever;
    std::optional<int32_t> duration_in_months;
    // Products it applies to; empty optional: not said in this rendering; empty list: all.
    std::optional<std::vector<std::string>> applies_to;
};

// A discount as a snapshot lists it: whole, or an id alone (then coupon is empty).
struct DiscountFacts {
    std::string id;
    std::optional<CouponFacts> coupon;
    std::optional<Instant> start;
    std::optional<Instant> end;
    std::string customer;
    std::string subscription;
    std::string subscription_item;
};

struct ItemSnapshot {
    std::string id;
    PriceFacts price;
    std::optional<int64_t> quantity; // NULL counts as 1
    std::vector<DiscountFacts> discounts;
    // Sum of the item's own inclusive tax rates in percent; empty: it has none, the default ones
    // apply.
    std::optional<Decimal> inclusive_tax;
    std::optional<Instant> period_start;
    std::optional<Instant> period_end;
};

enum class PauseBehavior : uint8_t { none, keep_as_draft, mark_uncollectible, void_ };

struct SubscriptionSnapshot {
    std::string id;
    std::string customer;
    std::string status; // Stripe's word, also one that is unknown here
    std::string currency;
    Instant start_date = 0;
    Instant created = 0;
    std::optional<Instant> trial_start;
    std::optional<Instant> trial_end;
    std::optional<Instant> period_start; // min over the items, else the subscription's
    std::optional<Instant> period_end;   // max over the items, else the subscription's
    std::optional<Instant> billing_cycle_anchor;
    std::optional<Instant> ends_at;     // cancel_at, else the period's end if cancel_at_period_end
    std::optional<Instant> canceled_at; // when the end was asked for, not the end
    std::optional<Instant> ended_at;
    PauseBehavior pause = PauseBehavior::none;
    bool automatic_tax = false;
    Decimal default_inclusive_tax; // percent
    std::vector<DiscountFacts> discounts;
    std::vector<ItemSnapshot> items;
    bool items_complete = true; // false: Stripe cut the list (has_more)
    std::string test_clock;
};

} // namespace billing::core
