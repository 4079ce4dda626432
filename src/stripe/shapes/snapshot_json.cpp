#include "core/words.hpp"
#include "stripe/shapes/json_writer.hpp"
#include "stripe/shapes/subscription.hpp"

#include "stripe/shapes/facts_json.hpp"

#include <algorithm>

namespace billing::stripe {
namespace {

void write_tier(JsonWriter &json, const core::Tier &tier) {
    json.open('{');
    if (tier.up_to) {
        json.key("up_to").value(*tier.up_to);
    }
    if (!tier.unit_amount.is_zero()) {
        json.key("unit_amount_decimal").value(tier.unit_amount);
    }
    if (!tier.flat_amount.is_zero()) {
        json.key("flat_amount_decimal").value(tier.flat_amount);
    }
    json.close('}');
}

// The amounts as members of the object that is open.
void write_amounts(JsonWriter &json, const core::PriceAmounts &amounts) {
    json.member("unit_amount_decimal", amounts.unit_amount);
    if (amounts.tiers.empty()) {
        return;
    }
    json.key("tiers").open('[');
    for (const core::Tier &tier : amounts.tiers) {
        write_tier(json, tier);
    }
    json.close(']');
}

void write_recurring(JsonWriter &json, const core::PriceFacts &price) {
    if (price.interval == core::Interval::none && price.interval_count == 1 && !price.metered) {
        return;
    }
    json.key("recurring").open('{');
    json.member("interval", word_of(price.interval));
    if (price.interval_count != 1) {
        json.key("interval_count").value(int64_t{price.interval_count});
    }
    json.member("usage_type", price.metered ? "metered" : "");
    json.close('}');
}

void write_price(JsonWriter &json, const core::PriceFacts &price) {
    json.open('{');
    json.member("id", price.id);
    json.member("product", price.product);
    json.member("currency", price.amounts.currency);
    write_amounts(json, price.amounts);
    json.member("tiers_mode", word_of(price.tiers_mode));
    if (price.transform) {
        json.key("transform_quantity").open('{');
        json.key("divide_by").value(price.transform->divide_by);
        json.member("round", price.transform->round_up ? "" : "down");
        json.close('}');
    }
    write_recurring(json, price);
    if (!price.currency_options.empty()) {
        json.key("currency_options").open('{');
        for (const core::PriceAmounts &option : price.currency_options) {
            json.key(option.currency).open('{');
            write_amounts(json, option);
            json.close('}');
        }
        json.close('}');
    }
    json.close('}');
}

void write_coupon(JsonWriter &json, const core::CouponFacts &coupon) {
    const bool id_alone = !coupon.percent_off && !coupon.amount_off && coupon.currency.empty() &&
                          coupon.duration == core::CouponDuration::forever &&
                          !coupon.duration_in_months && !coupon.applies_to;
    if (id_alone) {
        json.value(std::string_view(coupon.id));
        return;
    }
    json.open('{');
    json.member("id", coupon.id);
    json.member("percent_off", coupon.percent_off);
    json.member("amount_off", coupon.amount_off);
    json.member("currency", coupon.currency);
    json.member("duration", word_of(coupon.duration));
    if (coupon.duration_in_months) {
        json.key("duration_in_months").value(int64_t{*coupon.duration_in_months});
    }
    if (coupon.applies_to) {
        json.key("applies_to").open('{').key("products").open('[');
        for (const std::string &product : *coupon.applies_to) {
            json.value(std::string_view(product));
        }
        json.close(']').close('}');
    }
    json.close('}');
}

void write_discount(JsonWriter &json, const core::DiscountFacts &discount) {
    const bool id_alone = !discount.id.empty() && !discount.coupon && !discount.start &&
                          !discount.end && discount.customer.empty() &&
                          discount.subscription.empty() && discount.subscription_item.empty();
    if (id_alone) {
        json.value(std::string_view(discount.id));
        return;
    }
    json.open('{');
    json.member("id", discount.id);
    if (discount.coupon) {
        json.key("source").open('{').key("coupon");
        write_coupon(json, *discount.coupon);
        json.close('}');
    }
    json.member_time("start", discount.start);
    json.member_time("end", discount.end);
    json.member("customer", discount.customer);
    json.member("subscription", discount.subscription);
    json.member("subscription_item", discount.subscription_item);
    json.close('}');
}

void write_discounts(JsonWriter &json, const std::vector<core::DiscountFacts> &discounts) {
    if (discounts.empty()) {
        return;
    }
    json.key("discounts").open('[');
    for (const core::DiscountFacts &discount : discounts) {
        write_discount(json, discount);
    }
    json.close(']');
}

// The sum as one rate; a sum of zero still says that the item has rates of its own.
void write_tax(JsonWriter &json, std::string_view name, core::Decimal percent) {
    json.key(name).open('[').open('{');
    if (!percent.is_zero()) {
        json.key("inclusive").value(true).key("percentage").value(percent);
    }
    json.close('}').close(']');
}

void write_item(JsonWriter &json, const core::ItemSnapshot &item) {
    json.open('{');
    json.member("id", item.id);
    json.key("price");
    write_price(json, item.price);
    if (item.quantity) {
        json.key("quantity").value(*item.quantity);
    }
    write_discounts(json, item.discounts);
    if (item.inclusive_tax) {
        write_tax(json, "tax_rates", *item.inclusive_tax);
    }
    json.member_time("current_period_start", item.period_start);
    json.member_time("current_period_end", item.period_end);
    json.close('}');
}

void write_items(JsonWriter &json, const core::SubscriptionSnapshot &snapshot) {
    json.key("items").open('{').key("data").open('[');
    for (const core::ItemSnapshot &item : snapshot.items) {
        write_item(json, item);
    }
    json.close(']');
    if (!snapshot.items_complete) {
        json.key("has_more").value(true);
    }
    json.close('}');
}

// What the reader derives is left out: created from the start, the period and the currency from
// the items.
void write_dates(JsonWriter &json, const core::SubscriptionSnapshot &snapshot) {
    const auto &items = snapshot.items;
    json.key("start_date").time(snapshot.start_date);
    if (snapshot.created != snapshot.start_date) {
        json.key("created").time(snapshot.created);
    }
    json.member_time("trial_start", snapshot.trial_start);
    json.member_time("trial_end", snapshot.trial_end);
    if (std::none_of(items.begin(), items.end(), [](const auto &i) { return !!i.period_start; })) {
        json.member_time("current_period_start", snapshot.period_start);
    }
    if (std::none_of(items.begin(), items.end(), [](const auto &i) { return !!i.period_end; })) {
        json.member_time("current_period_end", snapshot.period_end);
    }
    json.member_time("billing_cycle_anchor", snapshot.billing_cycle_anchor);
    json.member_time("cancel_at", snapshot.ends_at);
    json.member_time("canceled_at", snapshot.canceled_at);
    json.member_time("ended_at", snapshot.ended_at);
}

} // namespace

std::string write_snapshot(const core::SubscriptionSnapshot &snapshot) {
    JsonWriter json;
    json.open('{');
    json.member("id", snapshot.id);
    json.member("customer", snapshot.customer);
    json.member("status", snapshot.status);
    const auto &items = snapshot.items;
    if (items.empty() || items.front().price.amounts.currency != snapshot.currency) {
        json.member("currency", snapshot.currency);
    }
    write_dates(json, snapshot);
    if (snapshot.pause != core::PauseBehavior::none) {
        json.key("pause_collection").open('{');
        json.member("behavior", word_of(snapshot.pause));
        json.close('}');
    }
    if (snapshot.automatic_tax) {
        json.key("automatic_tax").open('{').key("enabled").value(true).close('}');
    }
    if (!snapshot.default_inclusive_tax.is_zero()) {
        write_tax(json, "default_tax_rates", snapshot.default_inclusive_tax);
    }
    write_discounts(json, snapshot.discounts);
    write_items(json, snapshot);
    json.member("test_clock", snapshot.test_clock);
    json.close('}');
    return json.take();
}

std::string price_json(const core::PriceFacts &price) {
    JsonWriter json;
    write_price(json, price);
    return json.take();
}

std::string coupon_json(const core::CouponFacts &coupon) {
    JsonWriter json;
    write_coupon(json, coupon);
    return json.take();
}

std::string discount_json(const core::DiscountFacts &discount) {
    JsonWriter json;
    write_discount(json, discount);
    return json.take();
}

} // namespace billing::stripe
