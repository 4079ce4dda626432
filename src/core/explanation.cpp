#include "core/explanation.hpp"

#include <algorithm>

namespace billing::core {
namespace {

std::string_view unit_of(Interval interval) {
    switch (interval) {
    case Interval::none:
        return "once";
    case Interval::day:
        return "day";
    case Interval::week:
        return "week";
    case Interval::month:
        return "month";
    case Interval::year:
        break;
    }
    return "year";
}

std::string period_of(const PriceFacts &price) {
    const std::string unit(unit_of(price.interval));
    return price.interval_count <= 1
               ? "every " + unit
               : "every " + std::to_string(price.interval_count) + " " + unit + "s";
}

std::string factor_of(const PriceFacts &price) {
    const int64_t count = std::max(price.interval_count, 1);
    switch (price.interval) {
    case Interval::none:
        return "0";
    case Interval::day:
        return "365/" + std::to_string(12 * count);
    case Interval::week:
        return "52/" + std::to_string(12 * count);
    case Interval::month:
        return "1/" + std::to_string(count);
    case Interval::year:
        break;
    }
    return "1/" + std::to_string(12 * count);
}

std::string pricing_of(const ItemSnapshot &item) {
    const PriceFacts &price = item.price;
    if (price.interval == Interval::none) {
        return "A one-time price is not recurring revenue.";
    }
    if (price.metered) {
        return "A metered price has no base: it is billed by usage.";
    }
    std::string text =
        "Billed " + period_of(price) + ", quantity " + std::to_string(item.quantity.value_or(1));
    if (price.transform) {
        text += " in packages of " + std::to_string(price.transform->divide_by) + ", rounded " +
                (price.transform->round_up ? "up" : "down");
    }
    if (price.tiers_mode == TiersMode::graduated) {
        text += ", graduated tiers: each tier prices the units that fall into it";
    } else if (price.tiers_mode == TiersMode::volume) {
        text += ", volume tiers: the tier that is reached prices all units";
    }
    return text + ".";
}

std::string terms_of(const CouponFacts &coupon, const std::string &currency) {
    return coupon.percent_off
               ? coupon.percent_off->to_string() + " percent off"
               : coupon.amount_off.value_or(Decimal()).to_string() + " " + currency +
                     " off per invoice, shared in proportion by the items of the shortest interval";
}

} // namespace

void Explanation::add(const ItemSnapshot *item, std::string step, std::string detail,
                      Decimal amount) const {
    steps_->push_back({.item = item != nullptr ? item->id : std::string(),
                       .price = item != nullptr ? item->price.id : std::string(),
                       .step = std::move(step),
                       .detail = std::move(detail),
                       .amount = amount});
}

void Explanation::base(const PricedItem &priced, bool known) const {
    if (steps_ == nullptr) {
        return;
    }
    if (known) {
        add(priced.item, "base", pricing_of(*priced.item), priced.base);
    } else {
        add(priced.item, "unresolved",
            "The amount of this price in " + currency_ + " is not known yet; it counts as 0 here.",
            priced.base);
    }
}

void Explanation::applied(const ListedDiscount &discount, bool item_level,
                          const PricedItem &priced) const {
    if (steps_ != nullptr) {
        add(priced.item, item_level ? "item_discount" : "subscription_discount",
            "Discount " + discount.live.id + ": " + terms_of(discount.live.coupon, currency_) + ".",
            priced.discounted);
    }
}

void Explanation::passed_over(const ListedDiscount &discount, const ItemSnapshot *item,
                              bool live) const {
    if (steps_ == nullptr) {
        return;
    }
    const std::string name = "Discount " + discount.live.id;
    if (!live) {
        add(item, "discount_not_live", name + " has not started or is over at this time.", {});
    } else if (discount.bearing == Bearing::left_out) {
        add(item, "discount_left_out", name + " is left out by the setting discounts.", {});
    } else if (discount.bearing == Bearing::foreign) {
        add(item, "discount_other_currency",
            name + " takes off an amount in " + discount.live.coupon.currency +
                ", not in the subscription's currency " + currency_ + "; it has no effect here.",
            {});
    } else {
        add(item, "unresolved", name + " has terms that are not known yet; it has no effect here.",
            {});
    }
}

void Explanation::inclusive_tax(const PricedItem &priced, Decimal percent) const {
    if (steps_ != nullptr) {
        add(priced.item, "inclusive_tax",
            "The amount includes " + percent.to_string() + " percent of tax, which is taken out.",
            priced.discounted);
    }
}

void Explanation::automatic_tax() const {
    if (steps_ != nullptr) {
        add(nullptr, "automatic_tax",
            "Tax is calculated by Stripe for each invoice; what prices include of it is not known "
            "here and is not taken out.",
            {});
    }
}

void Explanation::month(const PricedItem &priced) const {
    if (steps_ != nullptr) {
        add(priced.item, "monthly",
            "Per month: times " + factor_of(priced.item->price) + " for a price billed " +
                period_of(priced.item->price) + ".",
            priced.mrr);
    }
}

void Explanation::incomplete_items() const {
    if (steps_ != nullptr) {
        add(nullptr, "unresolved", "The list of items was cut short; some items are missing.", {});
    }
}

} // namespace billing::core
