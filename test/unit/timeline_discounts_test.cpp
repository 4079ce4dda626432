#include "core/timeline.hpp"

#include "timeline_support.hpp"

#include <gtest/gtest.h>

namespace billing::core {
namespace {

using namespace test;

// ---- discounts in time ----

TEST(Timeline, RepeatingDiscountEndsAheadOfAnyEvent) { // M22, M22b
    const SubscriptionSnapshot snapshot =
        with_discounts(monthly("10000"), {repeating(percent("d", "50"), 3, utc(2024, 4, 1))});
    const Timeline timeline =
        history({version(utc(2024, 4, 1), "e1", starting(snapshot, utc(2024, 4, 1)), kCreated)});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-04-01 a 0>5000 started e1",
                                       "2024-07-01 a 5000>10000 discount_ended e1"}));
}

TEST(Timeline, EventThatComesFirstOverridesTheDiscountsEnd) {
    const SubscriptionSnapshot snapshot =
        with_discounts(monthly("10000"), {repeating(percent("d", "50"), 3, kJan)});
    const Timeline timeline = history(
        {version(kJan, "e1", snapshot, kCreated), version(utc(2024, 2, 10), "e2", monthly("10000")),
         version(kJul, "e3", ended(monthly("10000"), kJul), kDeleted)});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-01 a 0>5000 started e1",
                                       "2024-02-10 a 5000>10000 discount_changed e2",
                                       "2024-07-01 a 10000>0 canceled e3"}));
}

TEST(Timeline, DiscountThatStartsLaterHasAnEdge) {
    DiscountFacts discount = percent("d", "50");
    discount.start = kMar;
    discount.end = kJun;
    const Timeline timeline =
        history({version(kJan, "e1", with_discounts(monthly("10000"), {discount}), kCreated)});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-01 a 0>10000 started e1",
                                       "2024-03-01 a 10000>5000 discount_started e1",
                                       "2024-06-01 a 5000>10000 discount_ended e1"}));
}

TEST(Timeline, OneDiscountAfterAnotherIsAChange) {
    DiscountFacts first = percent("d1", "50");
    first.end = kMar;
    DiscountFacts second = percent("d2", "20");
    second.start = kMar;
    const Timeline timeline =
        history({version(kJan, "e1", with_discounts(monthly("10000"), {first, second}), kCreated)});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-01 a 0>5000 started e1",
                                       "2024-03-01 a 5000>8000 discount_changed e1"}));
}

TEST(Timeline, ItemDiscountsHaveEdgesToo) {
    SubscriptionSnapshot snapshot = monthly("10000");
    snapshot.items[0].discounts = {repeating(percent("d", "50"), 1, kJan)};
    EXPECT_EQ(
        ledger(history({version(kJan, "e1", snapshot, kCreated)})),
        (Lines{"2024-01-01 a 0>5000 started e1", "2024-02-01 a 5000>10000 discount_ended e1"}));
}

TEST(Timeline, CouponUsedOnceLastsOneInvoiceWhereAllCount) { // M23
    DiscountFacts once = percent("d", "20");
    once.coupon->duration = CouponDuration::once;
    once.start = kJan;
    SubscriptionSnapshot yearly = subscription({item(price("a", "120000", Interval::year))});
    yearly.discounts = {once};
    const std::vector<Version> versions = {version(kJan, "e1", yearly, kCreated)};
    EXPECT_EQ(ledger(history(versions)), (Lines{"2024-01-01 a 0>10000 started e1"}));
    Settings all;
    all.discounts = DiscountPolicy::all;
    EXPECT_EQ(ledger(history(versions, all)), (Lines{"2024-01-01 a 0>8000 started e1",
                                                     "2025-01-01 a 8000>10000 discount_ended e1"}));
}

TEST(Timeline, AttachedDiscountHoldsUntilASnapshotListsOtherwise) {
    TimelineInput input;
    input.versions = {version(kJan, "e1", monthly("10000"), kCreated)};
    input.attached = {attached(percent("d", "50"), kMar, "e_discount")};
    EXPECT_EQ(ledger(derive(input, {}, {})),
              (Lines{"2024-01-01 a 0>10000 started e1",
                     "2024-03-01 a 10000>5000 discount_started e_discount"}));
    EXPECT_EQ(derive(input, {}, {}).changes[1].event_rank, kUpdated);

    input.versions.push_back(version(kJun, "e2", monthly("10000")));
    EXPECT_EQ(ledger(derive(input, {}, {})),
              (Lines{"2024-01-01 a 0>10000 started e1",
                     "2024-03-01 a 10000>5000 discount_started e_discount",
                     "2024-06-01 a 5000>10000 discount_changed e2"}));
}

TEST(Timeline, AttachedAndListedDiscountIsTakenOnce) {
    TimelineInput input;
    DiscountFacts discount = percent("d", "50");
    discount.start = kMar;
    input.versions = {version(kJan, "e1", monthly("10000"), kCreated),
                      version(kMar, "e2", with_discounts(monthly("10000"), {discount}))};
    input.attached = {attached(discount, kMar, "e_discount")};
    EXPECT_EQ(
        ledger(derive(input, {}, {})),
        (Lines{"2024-01-01 a 0>10000 started e1", "2024-03-01 a 10000>5000 discount_changed e2"}));
}

TEST(Timeline, AttachedDiscountTellsTheTermsOfABareId) {
    TimelineInput input;
    DiscountFacts bare;
    bare.id = "d";
    input.versions = {version(kJan, "e1", with_discounts(monthly("10000"), {bare}), kCreated)};
    EXPECT_TRUE(derive(input, {}, {}).unresolved);
    input.attached = {attached(percent("d", "50"), kJan, "e_discount")};
    const Timeline timeline = derive(input, {}, {});
    EXPECT_FALSE(timeline.unresolved);
    EXPECT_EQ(mrr_at(timeline, kFeb), dec("5000"));
}

TEST(Timeline, RemovedDiscountEndsAtItsRemoval) {
    TimelineInput input;
    const DiscountFacts discount = percent("d", "50");
    input.versions = {version(kJan, "e1", with_discounts(monthly("10000"), {discount}), kCreated)};
    input.attached = {attached(discount, kJan, "e_discount")};
    input.attached[0].removed_at = kMar;
    EXPECT_EQ(ledger(derive(input, {}, {})), (Lines{"2024-01-01 a 0>5000 started e1",
                                                    "2024-03-01 a 5000>10000 discount_ended e1"}));
    // A later snapshot that lists it knows better.
    input.versions.push_back(version(kJun, "e2", with_discounts(monthly("10000"), {discount})));
    EXPECT_EQ(mrr_at(derive(input, {}, {}), kJun), dec("5000"));
}

TEST(Timeline, CustomersDiscountCountsWhereTheSubscriptionHasNone) {
    TimelineInput input;
    DiscountFacts own = percent("own", "10");
    own.end = kMar;
    input.versions = {version(kJan, "e1", with_discounts(monthly("10000"), {own}), kCreated)};
    input.customer_discounts = {attached(percent("customers", "50"), kFeb, "e_discount")};
    EXPECT_EQ(ledger(derive(input, {}, {})), (Lines{"2024-01-01 a 0>9000 started e1",
                                                    "2024-03-01 a 9000>5000 discount_ended e1"}));
    input.versions[0].snapshot.discounts.clear();
    EXPECT_EQ(ledger(derive(input, {}, {})),
              (Lines{"2024-01-01 a 0>10000 started e1",
                     "2024-02-01 a 10000>5000 discount_started e_discount"}));
}

// ---- what cannot be priced ----

TEST(Timeline, LastKnownMrrStandsWhileADiscountIsUnknown) {
    DiscountFacts bare;
    bare.id = "di_unknown";
    const std::vector<Version> versions = {
        version(kJan, "e1", monthly("5000"), kCreated),
        version(kFeb, "e2", with_discounts(monthly("9000"), {bare})),
        version(kMar, "e3", with_discounts(monthly("9000", "unpaid"), {bare})),
        version(kJun, "e4", with_discounts(monthly("9000"), {bare})),
        version(kJul, "e5", monthly("7000"))};
    const Timeline timeline = history(versions);
    EXPECT_TRUE(timeline.unresolved);
    EXPECT_EQ(
        ledger(timeline),
        (Lines{"2024-01-01 a 0>5000 started e1", "2024-03-01 a 5000>0 unpaid e3",
               "2024-06-01 a 0>5000 recovered e4", "2024-07-01 a 5000>7000 discount_changed e5"}));

    KnownFacts known;
    known.discounts["di_unknown"] = percent("di_unknown", "50");
    TimelineInput input;
    input.versions = versions;
    const Timeline resolved = derive(input, known.catalogue(), {});
    EXPECT_FALSE(resolved.unresolved);
    EXPECT_EQ(mrr_at(resolved, kFeb), dec("4500"));
}

TEST(Timeline, UnknownDiscountOfASubscriptionThatDoesNotPayIsNoAlarm) {
    DiscountFacts bare;
    bare.id = "di_unknown";
    EXPECT_FALSE(history({version(kJan, "e1", with_discounts(monthly("9000", "incomplete"), {bare}),
                                  kCreated)})
                     .unresolved);
}

// ---- what is in force ----

TEST(Timeline, TellsTheVersionInForce) {
    TimelineInput input;
    input.versions = {version(kJan, "e1", monthly("10000"), kCreated),
                      version(kMar, "e2", monthly("12000")),
                      version(kJul, "e3", ended(monthly("12000"), kJul), kDeleted)};
    input.attached = {attached(percent("d", "50"), kFeb, "e_discount")};
    const Timeline timeline = derive(input, {}, {});
    EXPECT_FALSE(in_force_at(timeline, input, kJan - 1).has_value());
    const std::optional<InForce> january = in_force_at(timeline, input, kJan);
    EXPECT_EQ(january->version->event_id, "e1");
    EXPECT_TRUE(january->discounts.empty());
    EXPECT_TRUE(january->mrr);
    EXPECT_EQ(in_force_at(timeline, input, kFeb)->discounts.at(0).id, "d");
    EXPECT_EQ(in_force_at(timeline, input, kMar)->version->event_id, "e2");
    EXPECT_TRUE(in_force_at(timeline, input, kMar)->discounts.empty());
    const std::optional<InForce> after = in_force_at(timeline, input, kJul);
    EXPECT_EQ(after->version->event_id, "e3");
    EXPECT_EQ(after->status, "canceled");
    EXPECT_FALSE(after->mrr);
}

} // namespace
} // namespace billing::core
