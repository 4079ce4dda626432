// Short ways to write down instants, prices and snapshots in the tests of the core.
#pragma once

#include "core/calendar.hpp"
#include "core/pricing.hpp"
#include "core/timeline.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace billing::core {

inline void PrintTo(const Decimal &value, std::ostream *out) {
    *out << value.to_string();
}

namespace test {

inline Decimal dec(std::string_view text) {
    return Decimal::parse(text).value();
}

inline Instant utc(int32_t year, int32_t month, int32_t day, int32_t hour = 0, int32_t minute = 0,
                   int32_t second = 0) {
    const int64_t seconds = (hour * 60 + minute) * 60 + second;
    return day_from_civil({year, month, day}) * kMicrosPerDay + seconds * kSecond;
}

inline Day date(int32_t year, int32_t month, int32_t day) {
    return day_from_civil({year, month, day});
}

inline Calendar utc_calendar() {
    return Calendar([](Day day) { return day * kMicrosPerDay; });
}

// A licensed price of `unit` minor units; its product is "prod_" and the price's own name.
inline PriceFacts price(const std::string &name, std::string_view unit,
                        Interval interval = Interval::month, int32_t count = 1,
                        const std::string &currency = "usd") {
    PriceFacts facts;
    facts.id = name;
    facts.product = "prod_" + name;
    facts.amounts.currency = currency;
    facts.amounts.unit_amount = dec(unit);
    facts.interval = interval;
    facts.interval_count = count;
    return facts;
}

inline ItemSnapshot item(PriceFacts facts, std::optional<int64_t> quantity = 1) {
    ItemSnapshot snapshot;
    snapshot.id = "si_" + facts.id;
    snapshot.price = std::move(facts);
    snapshot.quantity = quantity;
    return snapshot;
}

inline SubscriptionSnapshot subscription(std::vector<ItemSnapshot> items,
                                         const std::string &status = "active") {
    SubscriptionSnapshot snapshot;
    snapshot.id = "sub_1";
    snapshot.customer = "cus_1";
    snapshot.status = status;
    snapshot.currency = items.empty() ? "usd" : items.front().price.amounts.currency;
    snapshot.start_date = utc(2024, 1, 1);
    snapshot.created = utc(2024, 1, 1);
    snapshot.items = std::move(items);
    return snapshot;
}

inline DiscountFacts percent(const std::string &id, std::string_view off) {
    DiscountFacts discount;
    discount.id = id;
    discount.coupon.emplace();
    discount.coupon->id = "coupon_" + id;
    discount.coupon->percent_off = dec(off);
    discount.coupon->applies_to.emplace();
    discount.start = utc(2024, 1, 1);
    return discount;
}

inline DiscountFacts amount(const std::string &id, std::string_view off,
                            const std::string &currency = "usd") {
    DiscountFacts discount = percent(id, "0");
    discount.coupon->percent_off.reset();
    discount.coupon->amount_off = dec(off);
    discount.coupon->currency = currency;
    return discount;
}

inline DiscountFacts repeating(DiscountFacts discount, int32_t months, Instant start) {
    discount.coupon->duration = CouponDuration::repeating;
    discount.coupon->duration_in_months = months;
    discount.start = start;
    return discount;
}

// A catalogue made of maps.
struct KnownFacts {
    std::map<std::string, PriceFacts> prices;
    std::map<std::string, CouponFacts> coupons;
    std::map<std::string, DiscountFacts> discounts;

    Catalogue catalogue() const {
        return {.price = [this](const std::string &id) { return find(prices, id); },
                .coupon = [this](const std::string &id) { return find(coupons, id); },
                .discount = [this](const std::string &id) { return find(discounts, id); }};
    }

  private:
    template <typename Facts>
    static const Facts *find(const std::map<std::string, Facts> &known, const std::string &id) {
        const auto found = known.find(id);
        return found == known.end() ? nullptr : &found->second;
    }
};

} // namespace test
} // namespace billing::core
