#include "stripe/shapes/subscription.hpp"

#include "stripe/shapes/parts.hpp"

#include <algorithm>

namespace billing::stripe {
namespace {

constexpr int64_t kMostTax = 1000; // percent

core::PauseBehavior pause_of(const Node &node) {
    const std::optional<Node> pause = child(node, "pause_collection");
    if (!pause) {
        return core::PauseBehavior::none;
    }
    return within("pause_collection", [&] {
        const std::string behavior = text(*pause, "behavior");
        if (behavior == "keep_as_draft") {
            return core::PauseBehavior::keep_as_draft;
        }
        if (behavior == "mark_uncollectible") {
            return core::PauseBehavior::mark_uncollectible;
        }
        if (behavior == "void") {
            return core::PauseBehavior::void_;
        }
        if (!behavior.empty()) {
            unknown_word("behavior");
        }
        return core::PauseBehavior::none;
    });
}

// The sum of the inclusive rates of a list; empty where there is no list or nothing in it.
std::optional<core::Decimal> inclusive_tax(const Node &node, std::string_view key) {
    std::optional<core::Decimal> sum;
    for_each(node, key, [&](const Node &rate, size_t) {
        sum = sum.value_or(core::Decimal());
        if (!rate.is_object() || !flag(rate, "inclusive", false)) {
            return;
        }
        const core::Decimal percentage = decimal(rate, "percentage").value_or(core::Decimal());
        if (percentage < core::Decimal() || percentage > core::Decimal::from_int(kMostTax)) {
            throw ShapeError(ShapeCode::out_of_range, "must be between 0 and 1000", "percentage");
        }
        *sum += percentage;
    });
    return sum;
}

// `discounts` where it lists any, else the single `discount` of older shapes, which also tells the
// terms of an id in the list.
std::vector<core::DiscountFacts> discounts_of(const Node &node) {
    std::optional<core::DiscountFacts> single;
    if (const std::optional<Node> found = node.find("discount")) {
        single = within("discount", [&] { return discount_facts(*found); });
    }
    std::vector<core::DiscountFacts> discounts;
    for_each(node, "discounts", [&](const Node &entry, size_t) {
        core::DiscountFacts discount = discount_facts(entry);
        const bool told =
            single && !discount.coupon && !discount.id.empty() && discount.id == single->id;
        discounts.push_back(told ? *single : std::move(discount));
    });
    if (discounts.empty() && single) {
        discounts.push_back(std::move(*single));
    }
    return discounts;
}

std::optional<int64_t> quantity_of(const Node &node) {
    const std::optional<int64_t> quantity = integer(node, "quantity");
    if (quantity && *quantity < 0) {
        throw ShapeError(ShapeCode::out_of_range, "must not be negative", "quantity");
    }
    return quantity;
}

// The price, or the plan where an old rendering has only that.
core::PriceFacts price_of(const Node &node) {
    for (const std::string_view key : {"price", "plan"}) {
        if (const std::optional<Node> found = child(node, key)) {
            return within(key, [&] { return price_facts(*found); });
        }
    }
    throw ShapeError(ShapeCode::missing_field, "is missing", "price");
}

core::ItemSnapshot read_item(const Node &node) {
    core::ItemSnapshot item;
    item.id = text(node, "id");
    item.price = price_of(node);
    item.quantity = quantity_of(node);
    item.discounts = discounts_of(node);
    item.inclusive_tax = inclusive_tax(node, "tax_rates");
    item.period_start = instant(node, "current_period_start");
    item.period_end = instant(node, "current_period_end");
    return item;
}

// An item of previous_attributes that says only what changed, laid over the item it speaks of.
Node completed(const Node &subscription, const Node &entry, size_t index) {
    simdjson::dom::array items;
    const bool partial = subscription.above() && !entry.has("price") && !entry.has("plan");
    if (!partial ||
        subscription.element().at_key("items").at_key("data").get(items) != simdjson::SUCCESS) {
        return entry;
    }
    const std::string id = text(entry, "id");
    size_t place = 0;
    for (const Element item : items) {
        if (id.empty() ? place == index : text(Node(item), "id") == id) {
            return Node::merged(item, entry.element());
        }
        ++place;
    }
    return entry;
}

void read_items(const Node &node, core::SubscriptionSnapshot &subscription) {
    const bool listed = for_each(node, "items", [&](const Node &entry, size_t index) {
        require_object(entry);
        if (!flag(entry, "deleted", false)) {
            subscription.items.push_back(read_item(completed(node, entry, index)));
        }
    });
    if (listed) {
        const std::optional<Node> list = node.find("items");
        subscription.items_complete = !(list->is_object() && flag(*list, "has_more", false));
        return;
    }
    if (!node.has("plan")) {
        throw ShapeError(ShapeCode::missing_field, "is missing", "items");
    }
    core::ItemSnapshot only;
    only.price = price_of(node);
    only.quantity = quantity_of(node);
    subscription.items.push_back(std::move(only));
}

// On the items since 2025-03-31: then the subscription spans them all.
void read_periods(const Node &node, core::SubscriptionSnapshot &subscription) {
    for (const core::ItemSnapshot &item : subscription.items) {
        if (item.period_start) {
            subscription.period_start =
                std::min(subscription.period_start.value_or(core::kNever), *item.period_start);
        }
        if (item.period_end) {
            subscription.period_end =
                std::max(subscription.period_end.value_or(core::kBeginning), *item.period_end);
        }
    }
    if (!subscription.period_start) {
        subscription.period_start = instant(node, "current_period_start");
    }
    if (!subscription.period_end) {
        subscription.period_end = instant(node, "current_period_end");
    }
}

void read_dates(const Node &node, core::SubscriptionSnapshot &subscription) {
    std::optional<core::Instant> start = instant(node, "start_date");
    start = start ? start : instant(node, "start");
    const std::optional<core::Instant> created = instant(node, "created");
    if (!start && !created) {
        throw ShapeError(ShapeCode::missing_field, "is missing", "start_date");
    }
    subscription.start_date = start ? *start : *created;
    subscription.created = created ? *created : *start;
    subscription.trial_start = instant(node, "trial_start");
    subscription.trial_end = instant(node, "trial_end");
    subscription.billing_cycle_anchor = instant(node, "billing_cycle_anchor");
    subscription.canceled_at = instant(node, "canceled_at");
    subscription.ended_at = instant(node, "ended_at");
    subscription.ends_at = instant(node, "cancel_at");
    if (!subscription.ends_at && flag(node, "cancel_at_period_end", false)) {
        subscription.ends_at = subscription.period_end;
    }
}

core::SubscriptionSnapshot read_node(const Node &node) {
    require_object(node);
    core::SubscriptionSnapshot subscription;
    subscription.id = required_text(node, "id");
    subscription.customer = customer_of(node);
    if (subscription.customer.empty()) {
        throw ShapeError(ShapeCode::missing_field, "is missing", "customer");
    }
    subscription.status = required_text(node, "status");
    read_items(node, subscription);
    read_periods(node, subscription);
    read_dates(node, subscription);
    subscription.currency = currency(node);
    if (subscription.currency.empty() && !subscription.items.empty()) {
        subscription.currency = subscription.items.front().price.amounts.currency;
    }
    subscription.pause = pause_of(node);
    if (const std::optional<Node> tax = child(node, "automatic_tax")) {
        subscription.automatic_tax =
            within("automatic_tax", [&] { return flag(*tax, "enabled", false); });
    }
    subscription.default_inclusive_tax =
        inclusive_tax(node, "default_tax_rates").value_or(core::Decimal());
    subscription.discounts = discounts_of(node);
    subscription.test_clock = reference(node, "test_clock");
    return subscription;
}

} // namespace

core::SubscriptionSnapshot read_subscription(Element object) {
    return read_node(Node(object));
}

std::optional<core::SubscriptionSnapshot> previous(Element object,
                                                   std::optional<Element> previous_attributes) {
    if (!object.is_object() || !previous_attributes || !previous_attributes->is_object()) {
        return std::nullopt;
    }
    try {
        return read_node(Node::merged(object, *previous_attributes));
    } catch (const ShapeError &) {
        return std::nullopt;
    }
}

} // namespace billing::stripe
