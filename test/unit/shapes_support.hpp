// What the tests of the shapes share: one subscription as four API versions render it, and field by
// field comparison of snapshots.
#pragma once

#include "core/snapshot.hpp"
#include "stripe/shapes/error.hpp"
#include "stripe/shapes/json.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace billing::stripe::testing {

// The error that `call` ends in, as "code: what"; empty where it ends in none.
template <typename Call>
std::string error_of(Call call) {
    try {
        call();
    } catch (const ShapeError &error) {
        return std::string(name_of(error.code())) + ": " + error.what();
    }
    return {};
}

// The state: sub_1 of cus_1, active since 2024-01-01, two seats of price_1 (5000 a month) with 20
// percent off for ever, paid for June 2024, to end with it.
inline constexpr int64_t kJan2024 = 1704067200;
inline constexpr int64_t kJun2024 = 1717200000;
inline constexpr int64_t kJul2024 = 1719792000;

inline constexpr std::string_view kShape2024 = R"({
  "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active",
  "currency": "usd", "start_date": 1704067200, "created": 1704067200,
  "billing_cycle_anchor": 1704067200, "cancel_at": 1719792000, "cancel_at_period_end": true,
  "canceled_at": 1717300000, "ended_at": null, "trial_start": null, "trial_end": null,
  "current_period_start": 1717200000, "current_period_end": 1719792000,
  "discount": {"id": "di_1", "object": "discount", "start": 1704067200, "end": null,
    "customer": "cus_1", "subscription": "sub_1",
    "coupon": {"id": "twenty", "object": "coupon", "percent_off": 20, "amount_off": null,
      "currency": null, "duration": "forever", "duration_in_months": null}},
  "discounts": ["di_1"], "pause_collection": null, "automatic_tax": {"enabled": false},
  "default_tax_rates": [],
  "plan": {"id": "price_1", "amount": 5000, "currency": "usd", "interval": "month",
    "product": "prod_1", "usage_type": "licensed"},
  "quantity": 2,
  "items": {"object": "list", "has_more": false, "data": [{"id": "si_1", "quantity": 2,
    "tax_rates": [],
    "plan": {"id": "price_1", "amount": 5000, "currency": "usd", "interval": "month",
      "product": "prod_1", "usage_type": "licensed"},
    "price": {"id": "price_1", "object": "price", "product": "prod_1", "currency": "usd",
      "unit_amount": 5000, "unit_amount_decimal": "5000", "tiers_mode": null,
      "transform_quantity": null, "recurring": {"interval": "month", "interval_count": 1,
        "usage_type": "licensed", "aggregate_usage": null}}}]}
})";

inline constexpr std::string_view kShape2025March = R"({
  "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active",
  "currency": "usd", "start_date": 1704067200, "created": 1704067200,
  "billing_cycle_anchor": 1704067200, "cancel_at": null, "cancel_at_period_end": true,
  "canceled_at": 1717300000, "automatic_tax": {"enabled": false},
  "discounts": [{"id": "di_1", "object": "discount", "start": 1704067200, "end": null,
    "customer": "cus_1", "subscription": "sub_1",
    "coupon": {"id": "twenty", "percent_off": 20.0, "duration": "forever"}}],
  "items": {"object": "list", "has_more": false, "data": [{"id": "si_1", "quantity": 2,
    "discounts": [], "current_period_start": 1717200000, "current_period_end": 1719792000,
    "price": {"id": "price_1", "product": "prod_1", "currency": "usd", "unit_amount": 5000,
      "unit_amount_decimal": "5000", "recurring": {"interval": "month", "interval_count": 1,
        "meter": null, "usage_type": "licensed"}}}]}
})";

inline constexpr std::string_view kShape2025September = R"({
  "id": "sub_1", "object": "subscription", "customer": {"id": "cus_1", "object": "customer"},
  "status": "active", "currency": "usd", "start_date": 1704067200, "created": 1704067200,
  "billing_cycle_anchor": 1704067200, "cancel_at": 1719792000, "cancel_at_period_end": false,
  "canceled_at": 1717300000,
  "discounts": [{"id": "di_1", "object": "discount", "start": 1704067200,
    "customer": "cus_1", "subscription": "sub_1", "source": {"type": "coupon",
      "coupon": {"id": "twenty", "percent_off": 20, "duration": "forever"}}}],
  "items": {"object": "list", "data": [{"id": "si_1", "quantity": 2,
    "current_period_start": 1717200000, "current_period_end": 1719792000,
    "price": {"id": "price_1", "product": {"id": "prod_1", "object": "product"},
      "currency": "USD", "unit_amount": 5000, "recurring": {"interval": "month"}}}]}
})";

inline constexpr std::string_view kShape2026 = R"({
  "id": "sub_1", "object": "subscription", "customer": "cus_1", "customer_account": null,
  "status": "active", "currency": "usd", "start_date": 1704067200, "created": 1704067200,
  "billing_cycle_anchor": 1704067200, "cancel_at": 1719792000, "canceled_at": 1717300000,
  "discounts": ["di_1"],
  "items": {"object": "list", "data": [{"id": "si_1", "quantity": 2,
    "current_period_start": 1717200000, "current_period_end": 1719792000,
    "price": {"id": "price_1", "product": "prod_1", "currency": "usd",
      "unit_amount_decimal": "5000.000000000000", "recurring": {"interval": "month"}}}]}
})";

inline bool same(const core::PriceAmounts &a, const core::PriceAmounts &b) {
    bool equal = a.currency == b.currency && a.unit_amount == b.unit_amount &&
                 a.tiers.size() == b.tiers.size();
    for (size_t i = 0; equal && i < a.tiers.size(); ++i) {
        equal = a.tiers[i].up_to == b.tiers[i].up_to &&
                a.tiers[i].unit_amount == b.tiers[i].unit_amount &&
                a.tiers[i].flat_amount == b.tiers[i].flat_amount;
    }
    return equal;
}

inline bool same(const core::CouponFacts &a, const core::CouponFacts &b) {
    return a.id == b.id && a.percent_off == b.percent_off && a.amount_off == b.amount_off &&
           a.currency == b.currency && a.duration == b.duration &&
           a.duration_in_months == b.duration_in_months && a.applies_to == b.applies_to;
}

inline bool same(const core::DiscountFacts &a, const core::DiscountFacts &b) {
    return a.id == b.id && a.coupon.has_value() == b.coupon.has_value() &&
           (!a.coupon || same(*a.coupon, *b.coupon)) && a.start == b.start && a.end == b.end &&
           a.customer == b.customer && a.subscription == b.subscription &&
           a.subscription_item == b.subscription_item;
}

inline bool same(const core::ItemSnapshot &a, const core::ItemSnapshot &b);

template <typename Item>
bool same(const std::vector<Item> &a, const std::vector<Item> &b) {
    bool equal = a.size() == b.size();
    for (size_t i = 0; equal && i < a.size(); ++i) {
        equal = same(a[i], b[i]);
    }
    return equal;
}

inline bool same(const core::PriceFacts &a, const core::PriceFacts &b) {
    const bool transforms = a.transform.has_value() == b.transform.has_value() &&
                            (!a.transform || (a.transform->divide_by == b.transform->divide_by &&
                                              a.transform->round_up == b.transform->round_up));
    return a.id == b.id && a.product == b.product && same(a.amounts, b.amounts) &&
           same(a.currency_options, b.currency_options) && a.tiers_mode == b.tiers_mode &&
           transforms && a.interval == b.interval && a.interval_count == b.interval_count &&
           a.metered == b.metered;
}

inline bool same(const core::ItemSnapshot &a, const core::ItemSnapshot &b) {
    return a.id == b.id && same(a.price, b.price) && a.quantity == b.quantity &&
           same(a.discounts, b.discounts) && a.inclusive_tax == b.inclusive_tax &&
           a.period_start == b.period_start && a.period_end == b.period_end;
}

inline bool same(const core::SubscriptionSnapshot &a, const core::SubscriptionSnapshot &b) {
    return a.id == b.id && a.customer == b.customer && a.status == b.status &&
           a.currency == b.currency && a.start_date == b.start_date && a.created == b.created &&
           a.trial_start == b.trial_start && a.trial_end == b.trial_end &&
           a.period_start == b.period_start && a.period_end == b.period_end &&
           a.billing_cycle_anchor == b.billing_cycle_anchor && a.ends_at == b.ends_at &&
           a.canceled_at == b.canceled_at && a.ended_at == b.ended_at && a.pause == b.pause &&
           a.automatic_tax == b.automatic_tax &&
           a.default_inclusive_tax == b.default_inclusive_tax && same(a.discounts, b.discounts) &&
           same(a.items, b.items) && a.items_complete == b.items_complete &&
           a.test_clock == b.test_clock;
}

} // namespace billing::stripe::testing
