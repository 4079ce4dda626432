#include "shapes_support.hpp"
#include "stripe/shapes/subscription.hpp"

namespace billing::stripe {
namespace {

using core::Decimal;
using core::from_unix;
using namespace testing;

class SubscriptionShapes : public ::testing::Test {
  protected:
    core::SubscriptionSnapshot read(std::string_view text) {
        return read_subscription(json_.parse(text));
    }
    std::string error(std::string_view text) {
        return error_of([&] { read(text); });
    }
    // A whole subscription of one item with these members more.
    static std::string with(const std::string &members, const std::string &item_members = "") {
        return R"({"id":"sub_1","customer":"cus_1","status":"active","start_date":1704067200,)" +
               members + R"("items":{"data":[{"id":"si_1",)" + item_members +
               R"("price":{"id":"price_1","currency":"usd","unit_amount":5000,)" +
               R"("recurring":{"interval":"month"}}}]}})";
    }
    JsonReader json_;
};

TEST_F(SubscriptionShapes, ReadTheSameStateInEveryApiVersion) {
    for (const std::string_view shape :
         {kShape2024, kShape2025March, kShape2025September, kShape2026}) {
        const core::SubscriptionSnapshot s = read(shape);
        EXPECT_EQ(s.id, "sub_1");
        EXPECT_EQ(s.customer, "cus_1");
        EXPECT_EQ(s.status, "active");
        EXPECT_EQ(s.currency, "usd");
        EXPECT_EQ(s.start_date, from_unix(kJan2024));
        EXPECT_EQ(s.period_start, from_unix(kJun2024));
        EXPECT_EQ(s.period_end, from_unix(kJul2024));
        EXPECT_EQ(s.ends_at, from_unix(kJul2024));
        EXPECT_EQ(s.canceled_at, from_unix(1717300000));
        EXPECT_FALSE(s.ended_at);
        EXPECT_EQ(s.pause, core::PauseBehavior::none);
        EXPECT_TRUE(s.items_complete);
        ASSERT_EQ(s.discounts.size(), 1U);
        EXPECT_EQ(s.discounts[0].id, "di_1");
        ASSERT_EQ(s.items.size(), 1U);
        EXPECT_EQ(s.items[0].id, "si_1");
        EXPECT_EQ(s.items[0].quantity, 2);
        EXPECT_EQ(s.items[0].price.id, "price_1");
        EXPECT_EQ(s.items[0].price.product, "prod_1");
        EXPECT_EQ(s.items[0].price.amounts.currency, "usd");
        EXPECT_EQ(s.items[0].price.amounts.unit_amount, Decimal::from_int(5000));
        EXPECT_EQ(s.items[0].price.interval, core::Interval::month);
        EXPECT_FALSE(s.items[0].price.metered);
        EXPECT_FALSE(s.items[0].inclusive_tax);
    }
}

TEST_F(SubscriptionShapes, GiveOneStateOneFingerprintInEveryApiVersion) {
    const uint64_t first = fingerprint(read(kShape2024));
    EXPECT_EQ(fingerprint(read(kShape2025March)), first);
    EXPECT_EQ(fingerprint(read(kShape2025September)), first);
    EXPECT_EQ(fingerprint(read(kShape2026)), first);
}

TEST_F(SubscriptionShapes, TellTheTermsOfAListedDiscountFromTheSingleOneBesideIt) {
    const core::SubscriptionSnapshot s = read(kShape2024);
    ASSERT_TRUE(s.discounts.at(0).coupon);
    EXPECT_EQ(s.discounts[0].coupon->percent_off, Decimal::from_int(20));
    EXPECT_EQ(s.discounts[0].start, from_unix(kJan2024));
    EXPECT_EQ(read(kShape2025September).discounts.at(0).coupon->id, "twenty");
    EXPECT_FALSE(read(kShape2026).discounts.at(0).coupon);
}

TEST_F(SubscriptionShapes, TakeTheSingleDiscountWhereTheListIsEmptyOrAbsent) {
    const std::string single = R"("discount":{"id":"di_9","coupon":{"id":"c","amount_off":500}},)";
    EXPECT_EQ(read(with(single)).discounts.at(0).id, "di_9");
    EXPECT_EQ(read(with(single + R"("discounts":[],)")).discounts.at(0).id, "di_9");
    EXPECT_EQ(read(with(single + R"("discounts":["di_8","di_7"],)")).discounts.size(), 2U);
    EXPECT_TRUE(read(with(R"("discount":null,)")).discounts.empty());
}

TEST_F(SubscriptionShapes, SpanThePeriodsOfAllItems) {
    const auto s = read(R"({"id":"sub_1","customer":"cus_1","status":"active","start_date":1,
        "current_period_start":5,"current_period_end":6,"cancel_at_period_end":true,
        "items":{"data":[
          {"id":"a","price":{"id":"p"},"current_period_start":200,"current_period_end":300},
          {"id":"b","price":{"id":"q"},"current_period_start":100,"current_period_end":400}]}})");
    EXPECT_EQ(s.period_start, from_unix(100));
    EXPECT_EQ(s.period_end, from_unix(400));
    EXPECT_EQ(s.ends_at, from_unix(400));
}

TEST_F(SubscriptionShapes, PreferCancelAtOverThePeriodsEnd) {
    const std::string period = R"("current_period_end":1719792000,)";
    EXPECT_EQ(read(with(period + R"("cancel_at":1718000000,"cancel_at_period_end":true,)")).ends_at,
              from_unix(1718000000));
    EXPECT_FALSE(read(with(period + R"("cancel_at":null,"cancel_at_period_end":false,)")).ends_at);
}

TEST_F(SubscriptionShapes, ReadEveryPauseBehavior) {
    const auto pause = [&](const std::string &behavior) {
        return read(with(R"("pause_collection":{"behavior":")" + behavior + R"("},)")).pause;
    };
    EXPECT_EQ(pause("keep_as_draft"), core::PauseBehavior::keep_as_draft);
    EXPECT_EQ(pause("mark_uncollectible"), core::PauseBehavior::mark_uncollectible);
    EXPECT_EQ(pause("void"), core::PauseBehavior::void_);
    EXPECT_EQ(error(with(R"("pause_collection":{"behavior":"sleep"},)")),
              "out_of_range: pause_collection.behavior is a word that is not known here");
}

TEST_F(SubscriptionShapes, SumInclusiveTaxOnly) {
    const auto s = read(with(
        R"("default_tax_rates":[{"inclusive":true,"percentage":20},{"inclusive":false,"percentage":5}],
           "automatic_tax":{"enabled":true},)",
        R"("tax_rates":[{"inclusive":true,"percentage":8.875},{"inclusive":true,"percentage":"1.125"}],)"));
    EXPECT_EQ(s.default_inclusive_tax, Decimal::from_int(20));
    EXPECT_EQ(s.items.at(0).inclusive_tax, Decimal::from_int(10));
    EXPECT_TRUE(s.automatic_tax);
    const auto own = read(with("", R"("tax_rates":[{"inclusive":false,"percentage":7}],)"));
    EXPECT_EQ(own.items.at(0).inclusive_tax, Decimal()) << "its own rates replace the default ones";
}

TEST_F(SubscriptionShapes, ReadItemsThatHaveOnlyAPlan) {
    const auto s = read(R"({"id":"sub_1","customer":"cus_1","status":"active","start":1704067200,
        "items":{"data":[{"id":"si_1","quantity":3,"plan":{"id":"gold","amount":990,
          "currency":"EUR","interval":"year","interval_count":2,"usage_type":"metered",
          "product":"prod_9","transform_usage":{"divide_by":10,"round":"down"}}}]}})");
    EXPECT_EQ(s.start_date, from_unix(kJan2024));
    EXPECT_EQ(s.currency, "eur");
    const core::PriceFacts &price = s.items.at(0).price;
    EXPECT_EQ(price.id, "gold");
    EXPECT_EQ(price.product, "prod_9");
    EXPECT_EQ(price.amounts.unit_amount, Decimal::from_int(990));
    EXPECT_EQ(price.interval, core::Interval::year);
    EXPECT_EQ(price.interval_count, 2);
    EXPECT_TRUE(price.metered);
    ASSERT_TRUE(price.transform);
    EXPECT_EQ(price.transform->divide_by, 10);
    EXPECT_FALSE(price.transform->round_up);
}

TEST_F(SubscriptionShapes, ReadAPlanAndAQuantityWithoutItems) {
    const auto s = read(R"({"id":"sub_1","customer":"cus_1","status":"active","start":1704067200,
        "quantity":4,"plan":{"id":"gold","amount":990,"currency":"usd","interval":"month"}})");
    ASSERT_EQ(s.items.size(), 1U);
    EXPECT_EQ(s.items[0].quantity, 4);
    EXPECT_EQ(s.items[0].price.id, "gold");
}

TEST_F(SubscriptionShapes, SayWhenTheListOfItemsIsCut) {
    const auto s = read(R"({"id":"sub_1","customer":"cus_1","status":"active","start_date":1,
        "items":{"data":[{"id":"a","price":{"id":"p"}},{"id":"b","deleted":true}],
        "has_more":true}})");
    EXPECT_FALSE(s.items_complete);
    EXPECT_EQ(s.items.size(), 1U) << "a deleted item is gone";
}

TEST_F(SubscriptionShapes, KeepAStatusThatIsNewHere) {
    const auto s = read(R"({"id":"sub_1","customer":null,"customer_account":"acct_5",
        "status":"hibernating","start_date":1,"items":{"data":[]}})");
    EXPECT_EQ(s.status, "hibernating");
    EXPECT_EQ(s.customer, "acct_5");
}

TEST_F(SubscriptionShapes, NameTheFieldThatCannotBeRead) {
    EXPECT_EQ(error(R"({"customer":"c","status":"active"})"), "missing_field: id is missing");
    EXPECT_EQ(error(R"({"id":7,"customer":"c","status":"active"})"),
              "wrong_type: id must be a string");
    EXPECT_EQ(error(R"({"id":"s","status":"active","items":{"data":[]},"start_date":1})"),
              "missing_field: customer is missing");
    EXPECT_EQ(error(R"({"id":"s","customer":"c","items":{"data":[]},"start_date":1})"),
              "missing_field: status is missing");
    EXPECT_EQ(error(R"({"id":"s","customer":"c","status":"active","start_date":1})"),
              "missing_field: items is missing");
    EXPECT_EQ(error(R"({"id":"s","customer":"c","status":"active","items":{"data":[]}})"),
              "missing_field: start_date is missing");
    EXPECT_EQ(error(with(R"("trial_end":"soon",)")), "wrong_type: trial_end must be an integer");
    EXPECT_EQ(error(with("", R"("quantity":-1,)")),
              "out_of_range: items.data[0].quantity must not be negative");
    EXPECT_EQ(error(with(R"("default_tax_rates":[{"inclusive":true,"percentage":1001}],)")),
              "out_of_range: default_tax_rates[0].percentage must be between 0 and 1000");
    EXPECT_EQ(error(with("", R"("quantity":1.5,)")),
              "wrong_type: items.data[0].quantity must be an integer");
    EXPECT_EQ(error(with(R"("discounts":[{"id":"d","source":{"coupon":{"id":"c",
                    "percent_off":120}}}],)")),
              "out_of_range: discounts[0].source.coupon.percent_off must be between 0 and 100");
    EXPECT_EQ(error(R"({"id":"s","customer":"c","status":"active","start_date":1,"items":[
                    {"id":"a","price":{"id":"p","recurring":{"interval":"fortnight"}}}]})"),
              "out_of_range: items[0].price.recurring.interval is a word that is not known here");
    EXPECT_EQ(error(R"({"id":"s","customer":"c","status":"active","start_date":1,"items":[
                    {"id":"a","price":"price_1"}]})"),
              "wrong_type: items[0].price must be an object");
}

TEST_F(SubscriptionShapes, TellTheStateBeforeTheEvent) {
    const Element event = json_.parse(R"({"object":)" + std::string(kShape2026) + R"(,
        "previous_attributes":{"status":"trialing","cancel_at":null,"canceled_at":null,
          "discounts":[],"metadata":{"x":null},
          "items":{"data":[{"id":"si_1","quantity":1,"current_period_start":1714521600,
            "current_period_end":1717200000,"price":{"id":"price_0","currency":"usd",
              "unit_amount":3000,"recurring":{"interval":"month"}}}]}}})");
    const auto before = previous(event["object"], event["previous_attributes"].value());
    ASSERT_TRUE(before);
    EXPECT_EQ(before->status, "trialing");
    EXPECT_EQ(before->customer, "cus_1") << "what did not change stays";
    EXPECT_FALSE(before->ends_at);
    EXPECT_FALSE(before->canceled_at);
    EXPECT_TRUE(before->discounts.empty());
    EXPECT_EQ(before->period_end, from_unix(kJun2024));
    EXPECT_EQ(before->items.at(0).price.id, "price_0");
    EXPECT_EQ(before->items.at(0).quantity, 1);
}

TEST_F(SubscriptionShapes, MergeAPartialHashIntoTheStateBefore) {
    const Element event =
        json_.parse(R"({"object":)" + with(R"("pause_collection":{"behavior":"void",
                                          "resumes_at":5},"current_period_end":9,)") +
                    R"(,"previous_attributes":{
                                          "pause_collection":{"behavior":"keep_as_draft"},
                                          "items":{"data":[{"id":"si_1","quantity":7}]}}})");
    const auto before = previous(event["object"], event["previous_attributes"].value());
    ASSERT_TRUE(before);
    EXPECT_EQ(before->pause, core::PauseBehavior::keep_as_draft);
    EXPECT_EQ(before->items.at(0).quantity, 7);
    EXPECT_EQ(before->items.at(0).price.id, "price_1") << "a partial item keeps its price";
}

TEST_F(SubscriptionShapes, ChainByFingerprintFromTheStateBefore) {
    const std::string early = with(R"("cancel_at":null,)", R"("quantity":1,)");
    const std::string late = with(R"("cancel_at":1719792000,)", R"("quantity":1,)");
    const uint64_t own = fingerprint(read(early));
    const Element event =
        json_.parse(R"({"object":)" + late + R"(,"previous_attributes":{"cancel_at":null}})");
    const auto before = previous(event["object"], event["previous_attributes"].value());
    ASSERT_TRUE(before);
    EXPECT_EQ(fingerprint(*before), own);
    EXPECT_NE(fingerprint(read(late)), own);
}

TEST_F(SubscriptionShapes, SayNothingOfAStateBeforeThatCannotBeRead) {
    const Element event =
        json_.parse(R"({"object":)" + with("") + R"(,"previous_attributes":{"status":12}})");
    EXPECT_FALSE(previous(event["object"], event["previous_attributes"].value()));
    EXPECT_FALSE(previous(event["object"], std::nullopt));
}

TEST_F(SubscriptionShapes, ChangeTheFingerprintWithEachFieldThatBillingReads) {
    const uint64_t base = fingerprint(read(with("")));
    for (const char *change :
         {R"("trial_end":1,)", R"("trial_start":1,)", R"("ended_at":1,)", R"("canceled_at":1,)",
          R"("cancel_at":1,)", R"("current_period_end":1,)", R"("billing_cycle_anchor":1,)",
          R"("pause_collection":{"behavior":"void"},)", R"("discounts":["di_1"],)",
          R"("automatic_tax":{"enabled":true},)",
          R"("default_tax_rates":[{"inclusive":true,"percentage":1}],)"}) {
        EXPECT_NE(fingerprint(read(with(change))), base) << change;
    }
    for (const char *change : {R"("quantity":2,)", R"("discounts":["di_1"],)",
                               R"("tax_rates":[{"inclusive":true,"percentage":1}],)"}) {
        EXPECT_NE(fingerprint(read(with("", change))), base) << change;
    }
    EXPECT_EQ(fingerprint(read(with("", R"("quantity":1,)"))), base) << "no quantity counts as 1";
    EXPECT_EQ(fingerprint(read(with(R"("metadata":{"a":"b"},)"))), base);
}

} // namespace
} // namespace billing::stripe
