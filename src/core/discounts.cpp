// Which discounts of a list bear on a subscription, on which terms and how long.
#include "core/pricer.hpp"

#include <algorithm>

namespace billing::core {
namespace {

bool has_terms(const CouponFacts &coupon) {
    return coupon.percent_off.has_value() || coupon.amount_off.has_value();
}

// The coupon as listed, completed by what the catalogue knows of it.
std::optional<CouponFacts> full_coupon(const CouponFacts &listed, const Catalogue &catalogue) {
    const bool complete = has_terms(listed) && listed.applies_to.has_value();
    const CouponFacts *const stored =
        complete || listed.id.empty() || !catalogue.coupon ? nullptr : catalogue.coupon(listed.id);
    if (!has_terms(listed)) {
        return stored != nullptr && has_terms(*stored) ? std::optional(*stored) : std::nullopt;
    }
    CouponFacts coupon = listed;
    if (!coupon.applies_to && stored != nullptr) {
        coupon.applies_to = stored->applies_to;
    }
    return coupon;
}

bool counts(CouponDuration duration, DiscountPolicy policy) {
    switch (policy) {
    case DiscountPolicy::recurring:
        return duration != CouponDuration::once;
    case DiscountPolicy::forever:
        return duration == CouponDuration::forever;
    case DiscountPolicy::all:
        return true;
    case DiscountPolicy::none:
        break;
    }
    return false;
}

// `once` is worth one invoice: it counts for the shortest billing period among the items it can
// reach.
Instant end_of_once(const LiveDiscount &discount, const std::vector<const ItemSnapshot *> &items,
                    const Catalogue &catalogue) {
    const PriceFacts *shortest = nullptr;
    for (const ItemSnapshot *item : items) {
        const PriceFacts &price = item->price;
        if (price.interval == Interval::none ||
            !applies_to(discount.coupon, product_of(*item, catalogue))) {
            continue;
        }
        if (shortest == nullptr ||
            interval_length(price.interval, price.interval_count) <
                interval_length(shortest->interval, shortest->interval_count)) {
            shortest = &price;
        }
    }
    if (shortest == nullptr || discount.start == kBeginning) {
        return discount.end;
    }
    return std::min(discount.end,
                    add_interval(discount.start, shortest->interval, shortest->interval_count));
}

ListedDiscount resolve_listed(const DiscountFacts &listed,
                              const std::vector<const ItemSnapshot *> &items,
                              const std::string &currency, const Catalogue &catalogue,
                              const Settings &settings) {
    std::optional<LiveDiscount> live = resolve(listed, catalogue);
    if (!live) {
        return {.live = {.id = listed.id,
                         .coupon = {},
                         .start = listed.start.value_or(kBeginning),
                         .end = listed.end.value_or(kNever)},
                .bearing = Bearing::unknown};
    }
    ListedDiscount result{.live = std::move(*live), .bearing = Bearing::applies};
    const CouponFacts &coupon = result.live.coupon;
    if (!counts(coupon.duration, settings.discounts)) {
        result.bearing = Bearing::left_out;
    } else if (!coupon.percent_off && !coupon.currency.empty() &&
               !same_currency(coupon.currency, currency)) {
        result.bearing = Bearing::foreign;
    } else if (coupon.duration == CouponDuration::once) {
        result.live.end = end_of_once(result.live, items, catalogue);
    }
    return result;
}

} // namespace

std::optional<LiveDiscount> resolve(const DiscountFacts &listed, const Catalogue &catalogue) {
    const bool whole = listed.coupon && listed.start;
    const DiscountFacts *const stored =
        whole || listed.id.empty() || !catalogue.discount ? nullptr : catalogue.discount(listed.id);
    const CouponFacts *const named = listed.coupon                         ? &*listed.coupon
                                     : stored != nullptr && stored->coupon ? &*stored->coupon
                                                                           : nullptr;
    if (named == nullptr) {
        return std::nullopt;
    }
    std::optional<CouponFacts> coupon = full_coupon(*named, catalogue);
    if (!coupon) {
        return std::nullopt;
    }
    std::optional<Instant> start = listed.start;
    std::optional<Instant> end = listed.end;
    if (stored != nullptr) {
        start = start ? start : stored->start;
        end = end ? end : stored->end;
    }
    if (coupon->duration == CouponDuration::repeating && !end) {
        if (!start || !coupon->duration_in_months) {
            return std::nullopt; // it ends some day, and nobody told when
        }
        end = add_months_utc(*start, *coupon->duration_in_months);
    }
    return LiveDiscount{.id = listed.id,
                        .coupon = std::move(*coupon),
                        .start = start.value_or(kBeginning),
                        .end = end.value_or(kNever)};
}

bool applies_to(const CouponFacts &coupon, const std::string &product) {
    if (!coupon.applies_to || coupon.applies_to->empty()) {
        return true;
    }
    const std::vector<std::string> &products = *coupon.applies_to;
    return std::find(products.begin(), products.end(), product) != products.end();
}

std::vector<ListedDiscount> resolve_list(const std::vector<DiscountFacts> &list,
                                         const std::vector<const ItemSnapshot *> &items,
                                         const std::string &currency, const Catalogue &catalogue,
                                         const Settings &settings) {
    std::vector<ListedDiscount> resolved;
    if (settings.discounts == DiscountPolicy::none) {
        return resolved;
    }
    resolved.reserve(list.size());
    for (const DiscountFacts &listed : list) {
        resolved.push_back(resolve_listed(listed, items, currency, catalogue, settings));
    }
    return resolved;
}

} // namespace billing::core
