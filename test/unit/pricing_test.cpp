#include "core/pricing.hpp"

#include "core_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace billing::core {
namespace {

using test::amount;
using test::dec;
using test::item;
using test::KnownFacts;
using test::percent;
using test::price;
using test::repeating;
using test::subscription;
using test::utc;

constexpr Interval kDay = Interval::day;
constexpr Interval kWeek = Interval::week;
constexpr Interval kMonth = Interval::month;
constexpr Interval kYear = Interval::year;

const Instant kNoon = utc(2024, 6, 15, 12);

PricingResult priced(const SubscriptionSnapshot &snapshot, Instant at = kNoon,
                     const Settings &settings = {}, const Catalogue &catalogue = {}) {
    return price_subscription(snapshot, snapshot.discounts, at, catalogue, settings);
}

Decimal exact(const PricingResult &result) {
    Decimal sum;
    for (const PricedItem &one : result.items) {
        sum += one.mrr;
    }
    return sum;
}

int64_t mrr(const SubscriptionSnapshot &snapshot, Instant at = kNoon,
            const Settings &settings = {}) {
    const PricingResult result = priced(snapshot, at, settings);
    EXPECT_FALSE(result.unresolved);
    return exact(result).to_minor_units();
}

int64_t mrr(PriceFacts facts, int64_t quantity = 1) {
    return mrr(subscription({item(std::move(facts), quantity)}));
}

Settings counting(DiscountPolicy policy) {
    Settings settings;
    settings.discounts = policy;
    return settings;
}

SubscriptionSnapshot discounted(std::vector<ItemSnapshot> items,
                                std::vector<DiscountFacts> discounts) {
    SubscriptionSnapshot snapshot = subscription(std::move(items));
    snapshot.discounts = std::move(discounts);
    return snapshot;
}

PriceFacts tiered(TiersMode mode) {
    PriceFacts facts = price("tiered", "0");
    facts.amounts.unit_amount.reset();
    facts.tiers_mode = mode;
    facts.amounts.tiers = {{.up_to = 5, .unit_amount = dec("1000"), .flat_amount = {}},
                           {.up_to = {}, .unit_amount = dec("800"), .flat_amount = {}}};
    return facts;
}

PriceFacts metered(const std::string &name) {
    PriceFacts facts = price(name, "10");
    facts.metered = true;
    return facts;
}

// ---- step 1: the base ----

TEST(Pricing, MonthlyPriceIsItsAmount) { // M2
    EXPECT_EQ(mrr(price("a", "5000")), 5000);
    EXPECT_EQ(mrr(price("a", "5000"), 3), 15000);
}

TEST(Pricing, AbsentQuantityCountsAsOne) {
    EXPECT_EQ(mrr(subscription({item(price("a", "5000"), std::nullopt)})), 5000);
    EXPECT_EQ(mrr(price("a", "5000"), 0), 0);
}

TEST(Pricing, SpreadsEveryIntervalOverMonths) { // M3 to M7
    EXPECT_EQ(mrr(price("a", "9000", kMonth, 3)), 3000);
    EXPECT_EQ(mrr(price("a", "1000", kWeek)), 4333);
    EXPECT_EQ(mrr(price("a", "2000", kWeek, 2)), 4333);
    EXPECT_EQ(mrr(price("a", "100", kDay)), 3042);
    EXPECT_EQ(mrr(price("a", "100000", kYear, 2)), 4167);
    EXPECT_EQ(mrr(price("a", "3000", kDay, 30)), 3042);
}

TEST(Pricing, KeepsFractionsUntilTheSumIsTaken) { // M8
    const Decimal one = exact(priced(subscription({item(price("a", "1000", kYear))})));
    EXPECT_EQ((one + one + one).to_minor_units(), 250);
    EXPECT_EQ(one.to_minor_units(), 83);
}

TEST(Pricing, AddsItemsOfDifferentIntervals) { // M9
    EXPECT_EQ(mrr(subscription({item(price("a", "5000")), item(price("b", "120000", kYear))})),
              15000);
}

TEST(Pricing, MeteredItemsHaveNoBase) { // M10
    EXPECT_EQ(mrr(subscription({item(price("a", "5000")), item(metered("usage"), {})})), 5000);
}

TEST(Pricing, OneTimePricesAreNotRecurring) {
    EXPECT_EQ(
        mrr(subscription({item(price("a", "5000")), item(price("setup", "9900", Interval::none))})),
        5000);
}

TEST(Pricing, GraduatedTiersPriceEachUnitInItsTier) { // M11
    EXPECT_EQ(mrr(tiered(TiersMode::graduated), 12), 10600);
    EXPECT_EQ(mrr(tiered(TiersMode::graduated), 5), 5000);
    EXPECT_EQ(mrr(tiered(TiersMode::graduated), 6), 5800);
    EXPECT_EQ(mrr(tiered(TiersMode::graduated), 0), 0);
}

TEST(Pricing, VolumeTiersPriceAllUnitsInTheReachedTier) { // M12
    EXPECT_EQ(mrr(tiered(TiersMode::volume), 12), 9600);
    EXPECT_EQ(mrr(tiered(TiersMode::volume), 5), 5000);
    EXPECT_EQ(mrr(tiered(TiersMode::volume), 6), 4800);
}

TEST(Pricing, FlatAmountsAreBilledOncePerReachedTier) {
    PriceFacts facts = tiered(TiersMode::graduated);
    facts.amounts.tiers[0].flat_amount = dec("300");
    facts.amounts.tiers[1].flat_amount = dec("70");
    EXPECT_EQ(mrr(facts, 5), 5300);
    EXPECT_EQ(mrr(facts, 6), 5300 + 870);
    EXPECT_EQ(mrr(facts, 0), 300) << "the first tier's flat amount is always billed";
    facts.tiers_mode = TiersMode::volume;
    EXPECT_EQ(mrr(facts, 6), 4870);
    EXPECT_EQ(mrr(facts, 0), 300);
}

TEST(Pricing, PackagesRoundTheQuantityFirst) { // M13
    PriceFacts facts = price("packs", "500");
    facts.transform = TransformQuantity{.divide_by = 10, .round_up = true};
    EXPECT_EQ(mrr(facts, 23), 1500);
    EXPECT_EQ(mrr(facts, 20), 1000);
    facts.transform->round_up = false;
    EXPECT_EQ(mrr(facts, 29), 1000);
    EXPECT_EQ(mrr(facts, 9), 0);
}

TEST(Pricing, FractionsOfACentCount) { // M14
    EXPECT_EQ(mrr(price("half", "0.5"), 10001), 5001);
}

TEST(Pricing, NeverDividesByTheCurrencysExponent) { // M26
    EXPECT_EQ(mrr(price("yen", "12000", kYear, 1, "jpy")), 1000);
    EXPECT_EQ(mrr(price("dinar", "12000", kYear, 1, "bhd")), 1000);
}

// ---- step 2: discounts ----

TEST(Pricing, TakesAPercentageOffEachItem) { // M1
    EXPECT_EQ(mrr(discounted({item(price("a", "120000", kYear), 3)}, {percent("d", "20")})), 24000);
}

TEST(Pricing, AmountOffAMonthlyInvoiceIsMonthly) { // M15
    EXPECT_EQ(mrr(discounted({item(price("a", "5000"))}, {amount("d", "500")})), 4500);
}

TEST(Pricing, AmountOffAYearlyInvoiceIsSpreadOverTheYear) { // M16
    EXPECT_EQ(mrr(discounted({item(price("a", "120000", kYear))}, {amount("d", "12000")})), 9000);
}

TEST(Pricing, TakesAmountOffInProportion) { // M17
    const SubscriptionSnapshot snapshot =
        discounted({item(price("a", "6000")), item(price("b", "4000"))}, {amount("d", "1500")});
    const PricingResult result = priced(snapshot);
    EXPECT_EQ(result.items[0].mrr, dec("5100"));
    EXPECT_EQ(result.items[1].mrr, dec("3400"));
}

TEST(Pricing, SharesOfAnAmountAddUpExactly) {
    const SubscriptionSnapshot snapshot =
        discounted({item(price("a", "1000")), item(price("b", "1000")), item(price("c", "1000"))},
                   {amount("d", "1000")});
    EXPECT_EQ(exact(priced(snapshot)), dec("2000"));
}

TEST(Pricing, TakesAmountOffTheShortestIntervalOnly) { // M17b
    EXPECT_EQ(mrr(discounted({item(price("a", "5000")), item(price("b", "120000", kYear))},
                             {amount("d", "1000")})),
              14000);
    // Every 12 months is the same interval as a year: both share the 12000.
    EXPECT_EQ(
        mrr(discounted({item(price("a", "60000", kMonth, 12)), item(price("b", "60000", kYear))},
                       {amount("d", "12000")})),
        9000);
    // Four weeks are shorter than a month: 1000 off every four weeks.
    const Decimal sum = exact(priced(discounted(
        {item(price("a", "5000")), item(price("b", "3000", kWeek, 4))}, {amount("d", "1000")})));
    EXPECT_EQ(sum.to_minor_units(), 7167); // 5000 + 2000 * 52 / 48
}

TEST(Pricing, DropsWhatIsLeftOfAnAmount) {
    EXPECT_EQ(mrr(discounted({item(price("a", "5000")), item(price("b", "120000", kYear))},
                             {amount("d", "9000")})),
              10000);
}

TEST(Pricing, ItemsWithoutAnAmountTakeNoShare) {
    const SubscriptionSnapshot snapshot = discounted(
        {item(metered("usage"), {}), item(price("b", "120000", kYear))}, {amount("d", "12000")});
    EXPECT_EQ(mrr(snapshot), 9000) << "the metered item is monthly, but nothing can be taken off";
}

TEST(Pricing, AppliesDiscountsInListOrder) { // M18
    const std::vector<ItemSnapshot> items = {item(price("a", "10000"))};
    EXPECT_EQ(mrr(discounted(items, {percent("p", "20"), amount("x", "500")})), 7500);
    EXPECT_EQ(mrr(discounted(items, {amount("x", "500"), percent("p", "20")})), 7600);
}

TEST(Pricing, ItemDiscountsComeBeforeSubscriptionDiscounts) { // M19
    SubscriptionSnapshot snapshot =
        discounted({item(price("a", "6000")), item(price("b", "4000"))}, {percent("whole", "10")});
    snapshot.items[0].discounts = {percent("item", "25")};
    EXPECT_EQ(mrr(snapshot), 7650);
}

TEST(Pricing, NeverFallsBelowZero) { // M20
    EXPECT_EQ(mrr(discounted({item(price("a", "5000"))}, {amount("d", "6000")})), 0);
    EXPECT_EQ(mrr(discounted({item(price("a", "5000"))}, {percent("d", "100")})), 0);
    EXPECT_EQ(mrr(discounted({item(price("a", "5000"))},
                             {amount("d", "6000"), percent("e", "50"), amount("f", "1")})),
              0);
}

TEST(Pricing, CouponReachesOnlyTheProductsItAppliesTo) { // M21
    DiscountFacts discount = percent("d", "50");
    discount.coupon->applies_to = {"prod_a"};
    const std::vector<ItemSnapshot> items = {item(price("a", "6000")), item(price("b", "4000"))};
    EXPECT_EQ(mrr(discounted(items, {discount})), 7000);

    DiscountFacts taken = amount("d", "1500");
    taken.coupon->applies_to = {"prod_b"};
    EXPECT_EQ(mrr(discounted(items, {taken})), 8500);
}

TEST(Pricing, CatalogueTellsWhatACouponAppliesTo) {
    DiscountFacts discount = percent("d", "50");
    discount.coupon->applies_to.reset();
    const SubscriptionSnapshot snapshot =
        discounted({item(price("a", "6000")), item(price("b", "4000"))}, {discount});
    EXPECT_EQ(exact(priced(snapshot)), dec("5000")) << "all products where nobody says otherwise";

    KnownFacts known;
    known.coupons["coupon_d"] = *discount.coupon;
    known.coupons["coupon_d"].applies_to = {"prod_a"};
    EXPECT_EQ(exact(priced(snapshot, kNoon, {}, known.catalogue())), dec("7000"));
}

TEST(Pricing, RepeatingCouponEndsMonthsAfterItsStart) { // M22
    const Instant start = utc(2024, 1, 15, 8);
    const SubscriptionSnapshot snapshot =
        discounted({item(price("a", "10000"))}, {repeating(percent("d", "50"), 3, start)});
    EXPECT_EQ(mrr(snapshot, start - 1), 10000);
    EXPECT_EQ(mrr(snapshot, start), 5000);
    EXPECT_EQ(mrr(snapshot, utc(2024, 4, 15, 8) - 1), 5000);
    EXPECT_EQ(mrr(snapshot, utc(2024, 4, 15, 8)), 10000);
}

TEST(Pricing, RepeatingCouponEndsOnTheLastDayOfAShorterMonth) { // M22b
    const DiscountFacts discount = repeating(percent("d", "50"), 3, utc(2024, 11, 30, 10));
    EXPECT_EQ(resolve(discount, {})->end, utc(2025, 2, 28, 10));
}

TEST(Pricing, GivenEndOutweighsTheComputedOne) {
    DiscountFacts discount = repeating(percent("d", "50"), 3, utc(2024, 1, 15));
    discount.end = utc(2024, 3, 1);
    EXPECT_EQ(resolve(discount, {})->end, utc(2024, 3, 1));
}

TEST(Pricing, CouponUsedOnceIsIgnoredUnlessAllCount) { // M23
    DiscountFacts discount = percent("d", "20");
    discount.coupon->duration = CouponDuration::once;
    discount.start = utc(2024, 3, 10);
    const SubscriptionSnapshot snapshot =
        discounted({item(price("a", "120000", kYear))}, {discount});
    EXPECT_EQ(mrr(snapshot), 10000);
    const Settings all = counting(DiscountPolicy::all);
    EXPECT_EQ(mrr(snapshot, utc(2024, 3, 10), all), 8000);
    EXPECT_EQ(mrr(snapshot, utc(2025, 3, 10) - 1, all), 8000);
    EXPECT_EQ(mrr(snapshot, utc(2025, 3, 10), all), 10000);
}

TEST(Pricing, PolicyDecidesWhichDurationsCount) {
    const SubscriptionSnapshot forever =
        discounted({item(price("a", "10000"))}, {percent("d", "10")});
    const SubscriptionSnapshot for_a_year = discounted(
        {item(price("a", "10000"))}, {repeating(percent("d", "10"), 12, utc(2024, 1, 1))});
    const auto with = [](DiscountPolicy policy, const SubscriptionSnapshot &snapshot) {
        return mrr(snapshot, kNoon, counting(policy));
    };
    EXPECT_EQ(with(DiscountPolicy::recurring, forever), 9000);
    EXPECT_EQ(with(DiscountPolicy::recurring, for_a_year), 9000);
    EXPECT_EQ(with(DiscountPolicy::forever, forever), 9000);
    EXPECT_EQ(with(DiscountPolicy::forever, for_a_year), 10000);
    EXPECT_EQ(with(DiscountPolicy::all, for_a_year), 9000);
    EXPECT_EQ(with(DiscountPolicy::none, forever), 10000);
}

TEST(Pricing, ResolvesABareDiscountIdFromTheCatalogue) {
    DiscountFacts bare;
    bare.id = "di_1";
    const SubscriptionSnapshot snapshot = discounted({item(price("a", "10000"))}, {bare});
    KnownFacts known;
    EXPECT_TRUE(priced(snapshot, kNoon, {}, known.catalogue()).unresolved);

    known.discounts["di_1"] = repeating(percent("di_1", "30"), 3, utc(2024, 6, 1));
    const PricingResult result = priced(snapshot, kNoon, {}, known.catalogue());
    EXPECT_FALSE(result.unresolved);
    EXPECT_EQ(exact(result), dec("7000"));
    EXPECT_EQ(exact(priced(snapshot, utc(2024, 9, 1), {}, known.catalogue())), dec("10000"));
}

TEST(Pricing, ResolvesABareCouponIdFromTheCatalogue) {
    DiscountFacts listed = percent("di_1", "1");
    listed.coupon->percent_off.reset();
    const SubscriptionSnapshot snapshot = discounted({item(price("a", "10000"))}, {listed});
    KnownFacts known;
    EXPECT_TRUE(priced(snapshot, kNoon, {}, known.catalogue()).unresolved);
    known.coupons["coupon_di_1"] = *percent("di_1", "40").coupon;
    EXPECT_EQ(exact(priced(snapshot, kNoon, {}, known.catalogue())), dec("6000"));
}

TEST(Pricing, UnknownDiscountThatIsOverDoesNoHarm) {
    DiscountFacts bare;
    bare.id = "di_1";
    bare.end = utc(2024, 3, 1);
    const SubscriptionSnapshot snapshot = discounted({item(price("a", "10000"))}, {bare});
    EXPECT_TRUE(priced(snapshot, utc(2024, 2, 1)).unresolved);
    EXPECT_FALSE(priced(snapshot, utc(2024, 3, 1)).unresolved);
    EXPECT_FALSE(priced(snapshot, utc(2024, 2, 1), counting(DiscountPolicy::none)).unresolved);
}

TEST(Pricing, AmountInAnotherCurrencyTakesNothingOff) {
    const PricingResult result =
        priced(discounted({item(price("a", "5000"))}, {amount("d", "500", "eur")}));
    EXPECT_FALSE(result.unresolved);
    EXPECT_EQ(exact(result), dec("5000"));
    EXPECT_EQ(exact(priced(discounted({item(price("a", "5000"))}, {amount("d", "500", "USD")}))),
              dec("4500"));
}

// ---- step 3: tax ----

TEST(Pricing, InclusiveTaxIsTakenOutAfterDiscounts) { // M25
    SubscriptionSnapshot snapshot = subscription({item(price("a", "12000"))});
    snapshot.items[0].inclusive_tax = dec("20");
    EXPECT_EQ(mrr(snapshot), 10000);
    snapshot.discounts = {percent("d", "10")};
    EXPECT_EQ(mrr(snapshot), 9000);
}

TEST(Pricing, DefaultTaxAppliesWhereTheItemHasNone) {
    SubscriptionSnapshot snapshot =
        subscription({item(price("a", "12000")), item(price("b", "11000"))});
    snapshot.default_inclusive_tax = dec("20");
    snapshot.items[1].inclusive_tax = dec("10");
    EXPECT_EQ(mrr(snapshot), 20000);
    snapshot.items[1].inclusive_tax = Decimal();
    EXPECT_EQ(mrr(snapshot), 21000);
}

TEST(Pricing, TaxOnTopNeverCounts) { // M24
    EXPECT_EQ(mrr(subscription({item(price("a", "5000"))})), 5000);
}

TEST(Pricing, AutomaticTaxIsNotRemovedAndSaysSo) {
    SubscriptionSnapshot snapshot = subscription({item(price("a", "12000"))});
    snapshot.items[0].inclusive_tax = dec("20");
    snapshot.automatic_tax = true;
    std::vector<Step> steps;
    const PricingResult result = price_subscription(snapshot, {}, kNoon, {}, {}, &steps);
    EXPECT_EQ(exact(result), dec("12000"));
    EXPECT_TRUE(std::any_of(steps.begin(), steps.end(),
                            [](const Step &step) { return step.step == "automatic_tax"; }));
}

// ---- what is not known ----

TEST(Pricing, TiersComeFromTheCatalogueWhereTheSnapshotLacksThem) {
    PriceFacts bare = tiered(TiersMode::graduated);
    bare.amounts.tiers.clear();
    const SubscriptionSnapshot snapshot = subscription({item(bare, 12)});
    KnownFacts known;
    EXPECT_TRUE(priced(snapshot, kNoon, {}, known.catalogue()).unresolved);
    EXPECT_EQ(base_amount(bare, "usd", 12), std::nullopt);
    known.prices["tiered"] = tiered(TiersMode::graduated);
    const PricingResult result = priced(snapshot, kNoon, {}, known.catalogue());
    EXPECT_FALSE(result.unresolved);
    EXPECT_EQ(exact(result), dec("10600"));
}

TEST(Pricing, OtherCurrencyComesFromTheOptionsOfThePrice) {
    SubscriptionSnapshot snapshot = subscription({item(price("a", "5000"))});
    snapshot.currency = "eur";
    EXPECT_TRUE(priced(snapshot).unresolved);

    KnownFacts known;
    known.prices["a"] = price("a", "5000");
    known.prices["a"].currency_options = {
        {.currency = "EUR", .unit_amount = dec("4600"), .tiers = {}}};
    const PricingResult result = priced(snapshot, kNoon, {}, known.catalogue());
    EXPECT_FALSE(result.unresolved);
    EXPECT_EQ(exact(result), dec("4600"));

    snapshot.items[0].price.currency_options = {
        {.currency = "eur", .unit_amount = dec("4500"), .tiers = {}}};
    EXPECT_EQ(exact(priced(snapshot, kNoon, {}, known.catalogue())), dec("4500"))
        << "the snapshot's own options come first";
}

TEST(Pricing, UnknownAmountIsZeroAndReported) {
    PriceFacts facts = price("a", "0");
    facts.amounts.unit_amount.reset();
    const PricingResult result = priced(subscription({item(facts), item(price("b", "4000"))}));
    EXPECT_TRUE(result.unresolved);
    EXPECT_EQ(exact(result), dec("4000"));
}

TEST(Pricing, ListOfItemsThatWasCutIsNotTrusted) {
    SubscriptionSnapshot snapshot = subscription({item(price("a", "5000"))});
    snapshot.items_complete = false;
    EXPECT_TRUE(priced(snapshot).unresolved);
}

TEST(Pricing, AmountThatDoesNotFitThrows) {
    EXPECT_THROW(priced(subscription({item(price("a", "1000000000000"), 1'000'000'000'000)})),
                 std::overflow_error);
}

// ---- the explanation ----

TEST(Pricing, ExplainsEveryStepInOrder) {
    SubscriptionSnapshot snapshot =
        discounted({item(price("a", "120000", kYear))},
                   {percent("half", "50"), repeating(percent("old", "10"), 1, utc(2020, 1, 1))});
    snapshot.items[0].inclusive_tax = dec("20");
    std::vector<Step> steps;
    price_subscription(snapshot, snapshot.discounts, kNoon, {}, {}, &steps);
    std::vector<std::pair<std::string, std::string>> said;
    for (const Step &step : steps) {
        said.emplace_back(step.step, step.amount.to_string());
        EXPECT_EQ(step.detail.back(), '.') << step.detail;
    }
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"base", "120000"},
        {"subscription_discount", "60000"},
        {"discount_not_live", "0"},
        {"inclusive_tax", "50000"},
        {"monthly", "4166.6666666666666667"}};
    EXPECT_EQ(said, expected);
    EXPECT_EQ(steps.front().item, "si_a");
    EXPECT_EQ(steps.front().price, "a");
}

TEST(Pricing, ExplanationChangesNoAmount) {
    const SubscriptionSnapshot snapshot =
        discounted({item(price("a", "6000")), item(price("b", "4000"))},
                   {amount("d", "1500"), percent("e", "7")});
    std::vector<Step> steps;
    EXPECT_EQ(exact(price_subscription(snapshot, snapshot.discounts, kNoon, {}, {}, &steps)),
              exact(priced(snapshot)));
}

} // namespace
} // namespace billing::core
