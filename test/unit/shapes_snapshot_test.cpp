#include "shapes_support.hpp"
#include "stripe/shapes/subscription.hpp"

#include <algorithm>
#include <random>

namespace billing::stripe {
namespace {

using core::Decimal;
using core::Instant;
using namespace testing;

// Random snapshots of the kind that a reader gives: whole seconds, derived periods and currency.
class Maker {
  public:
    explicit Maker(uint64_t seed) : random_(seed) {}

    core::SubscriptionSnapshot subscription() {
        core::SubscriptionSnapshot s;
        s.id = word("sub_");
        s.customer = word("cus_");
        s.status = one_of({"active", "trialing", "past_due", "hibernating"});
        s.start_date = at();
        s.created = chance() ? s.start_date : at();
        s.trial_start = maybe_at();
        s.trial_end = maybe_at();
        s.billing_cycle_anchor = maybe_at();
        s.ends_at = maybe_at();
        s.canceled_at = maybe_at();
        s.ended_at = maybe_at();
        s.pause = static_cast<core::PauseBehavior>(below(4));
        s.automatic_tax = chance();
        s.default_inclusive_tax = chance() ? Decimal() : decimal();
        fill(s.discounts, 3, [&] { return discount(); });
        fill(s.items, 4, [&] { return item(); });
        s.items_complete = chance();
        s.test_clock = chance() ? "" : word("clock_");
        s.currency = s.items.empty() || chance() ? "usd" : s.items[0].price.amounts.currency;
        if (s.currency.empty() && !s.items.empty()) {
            s.items[0].price.amounts.currency = s.currency = "eur";
        }
        derive_period(s);
        return s;
    }

  private:
    uint64_t below(uint64_t limit) { return random_() % limit; }
    bool chance() { return below(2) == 0; }
    std::string one_of(std::vector<std::string> words) { return words[below(words.size())]; }
    std::string word(const std::string &prefix) {
        return prefix + one_of({"1", "x\"y", "back\\slash", "tab\there", "\x01", "é", "🦆", "/"});
    }
    Instant at() { return core::from_unix(static_cast<int64_t>(below(4'000'000'000))); }
    std::optional<Instant> maybe_at() { return chance() ? std::nullopt : std::optional(at()); }
    Decimal decimal() {
        return Decimal::from_scaled(static_cast<__int128>(below(1'000'000'000'000'000'000)));
    }
    std::optional<Decimal> maybe_decimal() {
        return chance() ? std::nullopt : std::optional(decimal());
    }
    template <typename Item, typename Make>
    void fill(std::vector<Item> &list, uint64_t most, Make make) {
        for (uint64_t count = below(most); count > 0; --count) {
            list.push_back(make());
        }
    }

    core::PriceAmounts amounts(std::string currency) {
        core::PriceAmounts a{std::move(currency), maybe_decimal(), {}};
        fill(a.tiers, 3, [&] {
            return core::Tier{chance() ? std::nullopt
                                       : std::optional(static_cast<int64_t>(below(1000))),
                              chance() ? Decimal() : decimal(), chance() ? Decimal() : decimal()};
        });
        return a;
    }

    core::PriceFacts price() {
        core::PriceFacts p;
        p.id = word("price_");
        p.product = chance() ? "" : word("prod_");
        p.amounts = amounts(one_of({"usd", "eur", "jpy", ""}));
        if (chance()) {
            p.currency_options = {amounts("gbp"), amounts("chf")};
        }
        p.tiers_mode = static_cast<core::TiersMode>(below(3));
        if (chance()) {
            p.transform = core::TransformQuantity{static_cast<int64_t>(1 + below(100)), chance()};
        }
        p.interval = static_cast<core::Interval>(below(5));
        p.interval_count = static_cast<int32_t>(1 + below(6));
        p.metered = chance();
        return p;
    }

    core::CouponFacts coupon() {
        core::CouponFacts c;
        c.id = word("co_");
        c.percent_off = maybe_decimal();
        c.amount_off = maybe_decimal();
        c.currency = chance() ? "" : "usd";
        c.duration = static_cast<core::CouponDuration>(below(3));
        if (chance()) {
            c.duration_in_months = static_cast<int32_t>(1 + below(24));
        }
        if (chance()) {
            c.applies_to.emplace();
            fill(*c.applies_to, 3, [&] { return word("prod_"); });
        }
        return c;
    }

    core::DiscountFacts discount() {
        core::DiscountFacts d;
        d.id = chance() ? "" : word("di_");
        if (chance()) {
            d.coupon = coupon();
            d.start = maybe_at();
            d.end = maybe_at();
            d.customer = chance() ? "" : word("cus_");
            d.subscription = chance() ? "" : word("sub_");
            d.subscription_item = chance() ? "" : word("si_");
        }
        return d;
    }

    core::ItemSnapshot item() {
        core::ItemSnapshot i;
        i.id = chance() ? "" : word("si_");
        i.price = price();
        if (chance()) {
            i.quantity = static_cast<int64_t>(below(100));
        }
        fill(i.discounts, 2, [&] { return discount(); });
        if (chance()) {
            i.inclusive_tax = chance() ? Decimal() : decimal();
        }
        i.period_start = maybe_at();
        i.period_end = maybe_at();
        return i;
    }

    void derive_period(core::SubscriptionSnapshot &s) {
        for (const core::ItemSnapshot &i : s.items) {
            if (i.period_start) {
                s.period_start = std::min(s.period_start.value_or(core::kNever), *i.period_start);
            }
            if (i.period_end) {
                s.period_end = std::max(s.period_end.value_or(core::kBeginning), *i.period_end);
            }
        }
        s.period_start = s.period_start ? s.period_start : maybe_at();
        s.period_end = s.period_end ? s.period_end : maybe_at();
    }

    std::mt19937_64 random_;
};

TEST(StoredSnapshot, ReadsBackAsItWasWritten) {
    JsonReader json;
    for (uint64_t seed = 1; seed <= 3000; ++seed) {
        const core::SubscriptionSnapshot before = Maker(seed).subscription();
        const std::string text = write_snapshot(before);
        const core::SubscriptionSnapshot after = read_subscription(json.parse(text));
        ASSERT_TRUE(same(before, after)) << "seed " << seed << ": " << text;
        ASSERT_EQ(fingerprint(after), fingerprint(before)) << "seed " << seed;
        ASSERT_EQ(write_snapshot(after), text) << "seed " << seed;
    }
}

TEST(StoredSnapshot, ReadsBackFromEveryApiVersion) {
    JsonReader json;
    for (const std::string_view shape :
         {kShape2024, kShape2025March, kShape2025September, kShape2026}) {
        const core::SubscriptionSnapshot before = read_subscription(json.parse(shape));
        EXPECT_TRUE(same(before, read_subscription(json.parse(write_snapshot(before)))));
    }
}

TEST(StoredSnapshot, HoldsNothingThatTheReaderWouldAssumeAnyway) {
    JsonReader json;
    EXPECT_EQ(write_snapshot(read_subscription(json.parse(kShape2026))),
              R"({"id":"sub_1","customer":"cus_1","status":"active","start_date":1704067200,)"
              R"("billing_cycle_anchor":1704067200,"cancel_at":1719792000,)"
              R"("canceled_at":1717300000,"discounts":["di_1"],"items":{"data":[{"id":"si_1",)"
              R"("price":{"id":"price_1","product":"prod_1","currency":"usd",)"
              R"("unit_amount_decimal":"5000","recurring":{"interval":"month"}},"quantity":2,)"
              R"("current_period_start":1717200000,"current_period_end":1719792000}]}})");
}

} // namespace
} // namespace billing::stripe
