#include "core/explanation.hpp"
#include "core/pricer.hpp"

#include <algorithm>
#include <span>

namespace billing::core {
namespace {

constexpr Decimal kHundred = Decimal::from_scaled(static_cast<__int128>(100) * Decimal::kOne);

// Priced by what the snapshot says, else by what the catalogue knows: Stripe sends tiers and other
// currencies only where they were asked for.
std::optional<Decimal> known_base(const ItemSnapshot &item, const std::string &currency,
                                  const Catalogue &catalogue) {
    if (const auto base = base_amount(item.price, currency, item.quantity)) {
        return base;
    }
    const PriceFacts *const stored =
        item.price.id.empty() || !catalogue.price ? nullptr : catalogue.price(item.price.id);
    const bool recurring = stored != nullptr && stored->interval != Interval::none;
    return recurring ? base_amount(*stored, currency, item.quantity) : std::nullopt;
}

void take_percent(Decimal percent, PricedItem &priced) {
    const Decimal rest = kHundred - percent;
    priced.discounted = rest.is_positive() ? priced.discounted.mul_div(rest, kHundred) : Decimal();
}

bool shares_in_amount(const PricedItem &priced, int64_t length) {
    return priced.discounted.is_positive() &&
           interval_length(priced.item->price.interval, priced.item->price.interval_count) ==
               length;
}

// Takes an amount off those eligible items with the shortest interval, in proportion to what they
// cost. The last of them bears the rounding, so the shares add up to the amount.
void take_amount(Decimal amount, std::span<PricedItem *const> eligible) {
    int64_t shortest = 0;
    for (const PricedItem *priced : eligible) {
        const PriceFacts &price = priced->item->price;
        const int64_t length = interval_length(price.interval, price.interval_count);
        if (priced->discounted.is_positive() && (shortest == 0 || length < shortest)) {
            shortest = length;
        }
    }
    Decimal total;
    PricedItem *last = nullptr;
    for (PricedItem *priced : eligible) {
        if (shares_in_amount(*priced, shortest)) {
            total += priced->discounted;
            last = priced;
        }
    }
    if (last == nullptr || !amount.is_positive()) {
        return;
    }
    const Decimal off = std::min(amount, total);
    Decimal left = off;
    for (PricedItem *priced : eligible) {
        if (shares_in_amount(*priced, shortest)) {
            const Decimal share = priced == last ? left : off.mul_div(priced->discounted, total);
            left -= share;
            priced->discounted -= share;
        }
    }
}

} // namespace

std::string currency_of(const SubscriptionSnapshot &snapshot) {
    std::string currency = snapshot.currency;
    if (currency.empty() && !snapshot.items.empty()) {
        currency = snapshot.items.front().price.amounts.currency;
    }
    std::transform(currency.begin(), currency.end(), currency.begin(), ascii_lower);
    return currency;
}

const std::string &product_of(const ItemSnapshot &item, const Catalogue &catalogue) {
    if (item.price.product.empty() && !item.price.id.empty() && catalogue.price) {
        if (const PriceFacts *stored = catalogue.price(item.price.id)) {
            return stored->product;
        }
    }
    return item.price.product;
}

Pricer::Pricer(const SubscriptionSnapshot &snapshot,
               const std::vector<DiscountFacts> &subscription_discounts, const Catalogue &catalogue,
               const Settings &settings)
    : snapshot_(snapshot), currency_(currency_of(snapshot)) {
    lines_.reserve(snapshot.items.size());
    for (const ItemSnapshot &item : snapshot.items) {
        Line &line = lines_.emplace_back();
        line.item = &item;
        line.product = &product_of(item, catalogue);
        line.base = known_base(item, currency_, catalogue);
        if (!item.discounts.empty()) {
            line.discounts = resolve_list(item.discounts, {&item}, currency_, catalogue, settings);
        }
    }
    if (subscription_discounts.empty()) {
        return;
    }
    std::vector<const ItemSnapshot *> items;
    items.reserve(snapshot.items.size());
    for (const ItemSnapshot &item : snapshot.items) {
        items.push_back(&item);
    }
    discounts_ = resolve_list(subscription_discounts, items, currency_, catalogue, settings);
}

namespace {

class Discounting {
  public:
    Discounting(Instant at, const Explanation &explain, bool &unresolved)
        : at_(at), explain_(explain), unresolved_(unresolved) {}

    // `priced` are the items that the discount's applies_to lets through, out of those in reach.
    void apply(const ListedDiscount &discount, const ItemSnapshot *item,
               std::span<PricedItem *const> eligible) {
        const bool live = discount.is_live(at_);
        if (!live || discount.bearing != Bearing::applies) {
            unresolved_ |= live && discount.bearing == Bearing::unknown;
            explain_.passed_over(discount, item, live);
            return;
        }
        const CouponFacts &coupon = discount.live.coupon;
        if (coupon.percent_off) {
            for (PricedItem *priced : eligible) {
                take_percent(*coupon.percent_off, *priced);
            }
        } else {
            take_amount(*coupon.amount_off, eligible);
        }
        for (const PricedItem *priced : eligible) {
            explain_.applied(discount, item != nullptr, *priced);
        }
    }

  private:
    Instant at_;
    const Explanation &explain_;
    bool &unresolved_;
};

void remove_tax(const SubscriptionSnapshot &snapshot, const Explanation &explain,
                std::vector<PricedItem> &items) {
    if (snapshot.automatic_tax) {
        explain.automatic_tax();
        return;
    }
    for (PricedItem &priced : items) {
        const Decimal percent = priced.item->inclusive_tax.value_or(snapshot.default_inclusive_tax);
        if (percent.is_positive()) {
            priced.discounted = priced.discounted.mul_div(kHundred, kHundred + percent);
            explain.inclusive_tax(priced, percent);
        }
    }
}

} // namespace

PricingResult Pricer::price(Instant at, std::vector<Step> *steps) const {
    const Explanation explain(steps, currency_);
    PricingResult result;
    result.items.reserve(lines_.size());
    result.unresolved = !snapshot_.items_complete;
    if (!snapshot_.items_complete) {
        explain.incomplete_items();
    }
    for (const Line &line : lines_) {
        const Decimal base = line.base.value_or(Decimal());
        result.items.push_back({.item = line.item, .base = base, .discounted = base, .mrr = {}});
        result.unresolved |= !line.base.has_value();
        explain.base(result.items.back(), line.base.has_value());
    }
    take_discounts(at, explain, result);
    remove_tax(snapshot_, explain, result.items);
    for (PricedItem &priced : result.items) {
        const PriceFacts &price = priced.item->price;
        priced.mrr = monthly(priced.discounted, price.interval, price.interval_count);
        explain.month(priced);
    }
    return result;
}

void Pricer::take_discounts(Instant at, const Explanation &explain, PricingResult &result) const {
    Discounting discounting(at, explain, result.unresolved);
    for (size_t i = 0; i < lines_.size(); ++i) {
        PricedItem *const only = &result.items[i];
        for (const ListedDiscount &discount : lines_[i].discounts) {
            const bool reached = applies_to(discount.live.coupon, *lines_[i].product);
            discounting.apply(discount, lines_[i].item,
                              std::span(&only, reached ? size_t{1} : size_t{0}));
        }
    }
    std::vector<PricedItem *> eligible;
    for (const ListedDiscount &discount : discounts_) {
        eligible.clear();
        for (size_t i = 0; i < lines_.size(); ++i) {
            if (applies_to(discount.live.coupon, *lines_[i].product)) {
                eligible.push_back(&result.items[i]);
            }
        }
        discounting.apply(discount, nullptr, eligible);
    }
}

void Pricer::starts_and_ends(Instant from, Instant to, std::vector<Instant> &starts,
                             std::vector<Instant> &ends) const {
    const auto look_at = [&](const std::vector<ListedDiscount> &list) {
        for (const ListedDiscount &discount : list) {
            if (discount.live.start > from && discount.live.start < to) {
                starts.push_back(discount.live.start);
            }
            if (discount.live.end > from && discount.live.end < to) {
                ends.push_back(discount.live.end);
            }
        }
    };
    look_at(discounts_);
    for (const Line &line : lines_) {
        look_at(line.discounts);
    }
}

PricingResult price_subscription(const SubscriptionSnapshot &snapshot,
                                 const std::vector<DiscountFacts> &subscription_discounts,
                                 Instant at, const Catalogue &catalogue, const Settings &settings,
                                 std::vector<Step> *steps) {
    return Pricer(snapshot, subscription_discounts, catalogue, settings).price(at, steps);
}

} // namespace billing::core
