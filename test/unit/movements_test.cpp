#include "core/movements.hpp"

#include "core_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace billing::core {
namespace {

using test::date;
using test::dec;
using test::utc;
using test::utc_calendar;

constexpr Granularity kDay = Granularity::day;
constexpr Granularity kMonth = Granularity::month;

LedgerPoint point(Instant at, std::string_view delta, const std::string &currency = "usd",
                  uint64_t of = 1) {
    LedgerPoint made;
    made.at = at;
    made.currency = currency;
    made.mrr = dec(delta);
    made.committed = made.mrr;
    made.subscription = of;
    return made;
}

Flows net(std::vector<LedgerPoint> points, Instant until = kNever) {
    Flows flows;
    net_customer(std::move(points), utc_calendar(), until, flows);
    return flows;
}

MrrFlow flow(const Flows &flows, Granularity granularity, Day bucket,
             const std::string &currency = "usd") {
    const auto found = flows.mrr.find({granularity, currency, bucket});
    return found == flows.mrr.end() ? MrrFlow{} : found->second;
}

MrrFlow in_month(const Flows &flows, int32_t month, const std::string &currency = "usd") {
    return flow(flows, kMonth, date(2024, month, 1), currency);
}

CountFlow counts(const Flows &flows, Granularity granularity, Day bucket) {
    const auto found = flows.counts.find({granularity, bucket});
    return found == flows.counts.end() ? CountFlow{} : found->second;
}

// A flow's movements as "new reactivation expansion contraction churned".
std::string movements(const MrrFlow &flow) {
    return flow.new_mrr.to_string() + " " + flow.reactivation.to_string() + " " +
           flow.expansion.to_string() + " " + flow.contraction.to_string() + " " +
           flow.churned.to_string();
}

TEST(Movements, FollowACustomerThroughItsLife) { // V1
    const Flows flows =
        net({point(utc(2024, 1, 5), "16667"), point(utc(2024, 2, 5), "6000", "usd", 2),
             point(utc(2024, 3, 5), "-6000", "usd", 2), point(utc(2024, 4, 5), "-16667"),
             point(utc(2024, 6, 5), "15000", "usd", 3)});
    EXPECT_EQ(movements(in_month(flows, 1)), "16667 0 0 0 0");
    EXPECT_EQ(movements(in_month(flows, 2)), "0 0 6000 0 0");
    EXPECT_EQ(movements(in_month(flows, 3)), "0 0 0 6000 0");
    EXPECT_EQ(movements(in_month(flows, 4)), "0 0 0 0 16667");
    EXPECT_EQ(movements(in_month(flows, 5)), "0 0 0 0 0");
    EXPECT_EQ(movements(in_month(flows, 6)), "0 15000 0 0 0");
    EXPECT_EQ(in_month(flows, 1).customers, 1);
    EXPECT_EQ(in_month(flows, 2).customers, 0);
    EXPECT_EQ(in_month(flows, 4).customers, -1);
    EXPECT_EQ(in_month(flows, 2).subscriptions, 1);
    EXPECT_EQ(in_month(flows, 3).subscriptions, -1);
    EXPECT_EQ(counts(flows, kMonth, date(2024, 4, 1)).customers_churned, 1);
    EXPECT_EQ(counts(flows, kMonth, date(2024, 6, 1)).customers, 1);
}

TEST(Movements, SmallerQuantityIsContraction) { // V2
    const Flows flows = net({point(utc(2024, 1, 5), "5000"), point(utc(2024, 2, 5), "-2000")});
    EXPECT_EQ(movements(in_month(flows, 2)), "0 0 0 2000 0");
}

TEST(Movements, UpgradeIsDatedOnItsDay) { // V3
    const Flows flows = net({point(utc(2024, 5, 1), "5000"), point(utc(2024, 6, 16, 9), "3000")});
    EXPECT_EQ(movements(flow(flows, kDay, date(2024, 6, 16))), "0 0 3000 0 0");
    EXPECT_EQ(movements(in_month(flows, 6)), "0 0 3000 0 0");
}

TEST(Movements, WhatComesAndGoesInOneBucketNetsOut) { // V5
    const Flows flows = net({point(utc(2024, 6, 3), "5000"), point(utc(2024, 6, 20), "-5000")});
    EXPECT_EQ(in_month(flows, 6), MrrFlow{});
    EXPECT_EQ(flows.mrr.count({kMonth, "usd", date(2024, 6, 1)}), 0U) << "no row of zeros";
    EXPECT_EQ(movements(flow(flows, kDay, date(2024, 6, 3))), "5000 0 0 0 0");
    EXPECT_EQ(movements(flow(flows, kDay, date(2024, 6, 20))), "0 0 0 0 5000");
}

TEST(Movements, NettedOutPastStillMakesALaterReturnAReactivation) { // S5
    const Flows flows = net({point(utc(2024, 7, 1), "5000"), point(utc(2024, 7, 25), "-5000"),
                             point(utc(2024, 8, 2), "5000")});
    EXPECT_EQ(in_month(flows, 7), MrrFlow{});
    EXPECT_EQ(movements(in_month(flows, 8)), "0 5000 0 0 0");
    EXPECT_EQ(movements(flow(flows, Granularity::quarter, date(2024, 7, 1))), "5000 0 0 0 0")
        << "never paid before the quarter";
}

TEST(Movements, RaiseAfterAGapInsideOneBucketIsExpansion) {
    const Flows flows = net({point(utc(2024, 5, 1), "5000"), point(utc(2024, 6, 3), "-5000"),
                             point(utc(2024, 6, 20), "7000", "usd", 2)});
    EXPECT_EQ(movements(in_month(flows, 6)), "0 0 2000 0 0");
    EXPECT_EQ(in_month(flows, 6).customers, 0);
}

TEST(Movements, BucketEdgeSplitsASwitchOfSubscriptions) {
    const Flows flows =
        net({point(utc(2024, 1, 1), "5000"), point(utc(2024, 6, 30, 23, 59, 59), "-5000"),
             point(utc(2024, 7, 1), "5000", "usd", 2)});
    EXPECT_EQ(movements(in_month(flows, 6)), "0 0 0 0 5000");
    EXPECT_EQ(movements(in_month(flows, 7)), "0 5000 0 0 0");
}

TEST(Movements, PointsOfOneInstantActTogether) {
    const Instant at = utc(2024, 6, 10);
    const Flows flows =
        net({point(utc(2024, 1, 1), "5000"), point(at, "-5000"), point(at, "8000", "usd", 2)});
    EXPECT_EQ(movements(flow(flows, kDay, date(2024, 6, 10))), "0 0 3000 0 0");
    EXPECT_EQ(movements(in_month(flows, 6)), "0 0 3000 0 0");
}

TEST(Movements, MrrOfNoLengthWasNeverPaid) {
    const Instant at = utc(2024, 6, 10);
    const Flows flows =
        net({point(at, "5000"), point(at, "-5000"), point(utc(2024, 7, 1), "5000")});
    EXPECT_EQ(movements(in_month(flows, 7)), "5000 0 0 0 0");
}

TEST(Movements, SwitchOfCurrencyIsNoChurn) {
    const Instant at = utc(2024, 6, 10);
    const Flows flows =
        net({point(utc(2024, 1, 1), "5000"), point(at, "-5000"), point(at, "4600", "eur", 2)});
    EXPECT_EQ(movements(in_month(flows, 6, "usd")), "0 0 0 5000 0");
    EXPECT_EQ(movements(in_month(flows, 6, "eur")), "0 0 4600 0 0");
    EXPECT_EQ(in_month(flows, 6, "usd").customers, -1);
    EXPECT_EQ(in_month(flows, 6, "eur").customers, 1);
    EXPECT_EQ(counts(flows, kMonth, date(2024, 6, 1)), CountFlow{});
}

TEST(Movements, ChurnInAllCurrenciesIsOneCustomer) {
    const Flows flows =
        net({point(utc(2024, 1, 1), "5000"), point(utc(2024, 1, 2), "4600", "eur", 2),
             point(utc(2024, 6, 1), "-5000"), point(utc(2024, 6, 2), "-4600", "eur", 2)});
    EXPECT_EQ(movements(in_month(flows, 6, "usd")), "0 0 0 0 5000");
    EXPECT_EQ(movements(in_month(flows, 6, "eur")), "0 0 0 0 4600");
    EXPECT_EQ(counts(flows, kMonth, date(2024, 1, 1)).customers, 1);
    EXPECT_EQ(counts(flows, kMonth, date(2024, 6, 1)).customers, -1);
    EXPECT_EQ(counts(flows, kMonth, date(2024, 6, 1)).customers_churned, 1);
}

TEST(Movements, RowsFromUntilOnDoNotCount) {
    const std::vector<LedgerPoint> points = {point(utc(2024, 5, 1), "5000"),
                                             point(utc(2024, 6, 10), "3000"),
                                             point(utc(2024, 6, 20), "-8000")};
    const Flows flows = net(points, utc(2024, 6, 20));
    EXPECT_EQ(movements(in_month(flows, 6)), "0 0 3000 0 0");
    EXPECT_EQ(movements(in_month(net(points), 6)), "0 0 0 0 5000");
}

TEST(Movements, TrialAndCommittedMoveAsLevels) {
    LedgerPoint trial = point(utc(2024, 6, 30, 23), "0");
    trial.trial = dec("5000");
    LedgerPoint converted = point(utc(2024, 7, 14), "5000");
    converted.trial = dec("-5000");
    LedgerPoint requested = point(utc(2024, 8, 10), "0");
    requested.committed = dec("-5000");
    const Flows flows = net({trial, converted, requested});
    EXPECT_EQ(in_month(flows, 6).trial, dec("5000"));
    EXPECT_EQ(movements(in_month(flows, 6)), "0 0 0 0 0");
    EXPECT_EQ(in_month(flows, 7).trial, dec("-5000"));
    EXPECT_EQ(movements(in_month(flows, 7)), "5000 0 0 0 0");
    EXPECT_EQ(in_month(flows, 8).committed, dec("-5000"));
    EXPECT_EQ(counts(flows, kMonth, date(2024, 8, 1)), CountFlow{});
}

TEST(Movements, SumOverCustomersClosesTheMonth) { // V6, in six customers
    Flows month;
    const auto customer = [&month](std::vector<LedgerPoint> points) {
        net_customer(std::move(points), utc_calendar(), kNever, month);
    };
    const Instant before = utc(2024, 1, 10);
    const Instant in = utc(2024, 6, 10);
    customer({point(before, "85000"), point(in, "8000")});
    customer({point(before, "5000"), point(in, "-5000")});
    customer({point(before, "10000"), point(in, "-5000")});
    customer({point(before, "5000"), point(in, "-5000")});
    customer({point(in, "20000")});
    customer({point(utc(2024, 1, 1), "1"), point(utc(2024, 1, 3), "-1"), point(in, "2000")});
    const MrrFlow june = in_month(month, 6);
    EXPECT_EQ(movements(june), "20000 2000 8000 5000 10000");
    const MrrFlow january = in_month(month, 1);
    EXPECT_EQ(january.net(), dec("105000"));
    EXPECT_EQ((january.net() + june.net()), dec("120000"));
}

TEST(Movements, DifferenceOfTwoNettingsMovesOneIntoTheOther) {
    const std::vector<LedgerPoint> before = {point(utc(2024, 1, 5), "5000"),
                                             point(utc(2024, 3, 5), "3000")};
    const std::vector<LedgerPoint> after = {point(utc(2024, 1, 5), "5000"),
                                            point(utc(2024, 2, 5), "1000"),
                                            point(utc(2024, 3, 5), "2000")};
    Flows delta = net(after);
    delta.subtract(net(before));
    delta.drop_zeros();
    EXPECT_EQ(movements(in_month(delta, 2)), "0 0 1000 0 0"); // R0
    EXPECT_EQ(movements(in_month(delta, 3)), "0 0 -1000 0 0");
    EXPECT_EQ(delta.mrr.count({kMonth, "usd", date(2024, 1, 1)}), 0U);
    Flows moved = net(before);
    moved.add(delta);
    moved.drop_zeros();
    EXPECT_EQ(moved.mrr, net(after).mrr);
    EXPECT_EQ(moved.counts, net(after).counts);
}

// ---- against a model that looks at each bucket on its own ----

struct Levels {
    Decimal usd;
    Decimal eur;
};

// Levels just before an instant, by adding up from the start.
Levels before(const std::vector<LedgerPoint> &points, Instant at) {
    Levels sum;
    for (const LedgerPoint &one : points) {
        if (one.at < at) {
            (one.currency == "usd" ? sum.usd : sum.eur) += one.mrr;
        }
    }
    return sum;
}

bool pays(const Levels &levels) {
    return levels.usd.is_positive() || levels.eur.is_positive();
}

bool paid_before(const std::vector<LedgerPoint> &points, Instant at) {
    return std::any_of(points.begin(), points.end(), [&](const LedgerPoint &one) {
        return one.at < at && pays(before(points, one.at + 1));
    });
}

std::string expected(const Levels &opening, const Levels &closing, bool paid, Decimal s,
                     Decimal e) {
    const Decimal up = e > s ? e - s : Decimal();
    const Decimal down = s > e ? s - e : Decimal();
    MrrFlow flow;
    if (!pays(opening) && pays(closing)) {
        (paid ? flow.reactivation : flow.new_mrr) = up;
    } else if (pays(opening) && !pays(closing)) {
        flow.churned = down;
    } else {
        flow.expansion = up;
        flow.contraction = down;
    }
    return movements(flow);
}

// A customer with two subscriptions that change at few distinct instants, so that changes meet at
// one instant, in one bucket, and at bucket edges.
std::vector<LedgerPoint> random_customer(std::mt19937 &random) {
    std::vector<LedgerPoint> points;
    for (const uint64_t of : {1U, 2U}) {
        const std::string currency = random() % 3 == 0 ? "eur" : "usd";
        std::set<Instant> instants;
        for (unsigned i = random() % 8; i > 0; --i) {
            instants.insert(utc(2024, 1, 1) +
                            static_cast<Instant>(random() % 800) * kMicrosPerDay / 2);
        }
        Decimal level;
        for (const Instant at : instants) {
            const Decimal next =
                random() % 3 == 0 ? Decimal() : Decimal::from_int(100 * (1 + random() % 4));
            LedgerPoint made = point(at, "0", currency, of);
            made.mrr = next - level;
            level = next;
            points.push_back(made);
        }
    }
    std::shuffle(points.begin(), points.end(), random);
    return points;
}

TEST(Movements, AgreeWithAModelForRandomCustomers) {
    std::mt19937 random(20240601);
    const Calendar calendar = utc_calendar();
    for (int i = 0; i < 400; ++i) {
        const std::vector<LedgerPoint> points = random_customer(random);
        const Flows flows = net(points);
        for (const Granularity granularity : kGranularities) {
            for (Day bucket = bucket_start(date(2024, 1, 1), granularity);
                 bucket < date(2025, 3, 1); bucket = next_bucket(bucket, granularity)) {
                const Instant from = calendar.start_of(bucket);
                const Levels s = before(points, from);
                const Levels e =
                    before(points, calendar.start_of(next_bucket(bucket, granularity)));
                const bool paid = paid_before(points, from);
                ASSERT_EQ(movements(flow(flows, granularity, bucket, "usd")),
                          expected(s, e, paid, s.usd, e.usd));
                ASSERT_EQ(movements(flow(flows, granularity, bucket, "eur")),
                          expected(s, e, paid, s.eur, e.eur));
                const CountFlow counted = counts(flows, granularity, bucket);
                ASSERT_EQ(counted.customers, int{pays(e)} - int{pays(s)});
                ASSERT_EQ(counted.customers_churned, pays(s) && !pays(e) ? 1 : 0);
            }
        }
    }
}

TEST(Movements, SumOfFlowsIsTheLevelInEveryGranularity) {
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
        const std::vector<LedgerPoint> points = random_customer(random);
        const Instant until =
            utc(2024, 1, 1) + static_cast<Instant>(random() % 400) * kMicrosPerDay;
        const Flows flows = net(points, until);
        const Levels level = before(points, until);
        for (const Granularity granularity : kGranularities) {
            Levels sum;
            int64_t customers = 0;
            for (const auto &[key, one] : flows.mrr) {
                if (std::get<0>(key) == granularity) {
                    (std::get<1>(key) == "usd" ? sum.usd : sum.eur) += one.net();
                }
            }
            for (const auto &[key, one] : flows.counts) {
                customers += std::get<0>(key) == granularity ? one.customers : 0;
            }
            ASSERT_EQ(sum.usd, level.usd);
            ASSERT_EQ(sum.eur, level.eur);
            ASSERT_EQ(customers, pays(level) ? 1 : 0);
        }
    }
}

// ---- subscriptions ----

StatusChange status(Instant at, const std::string &name, bool ended = false) {
    const bool in_service = name == "active" || name == "past_due";
    return {.effective_at = at,
            .event_id = "evt",
            .status = name,
            .in_service = in_service,
            .entitled = in_service || name == "trialing",
            .ended = ended};
}

CountFlow subscription_month(const std::vector<StatusChange> &statuses, int32_t month,
                             Instant until = kNever) {
    Flows flows;
    net_subscription(statuses, utc_calendar(), until, flows);
    return counts(flows, kMonth, date(2024, month, 1));
}

TEST(SubscriptionCounts, TrialStartsWhenItTurnsActive) {
    const std::vector<StatusChange> statuses = {status(utc(2024, 6, 20), "trialing"),
                                                status(utc(2024, 7, 4), "active")};
    EXPECT_EQ(subscription_month(statuses, 6), CountFlow{});
    EXPECT_EQ(subscription_month(statuses, 7).started, 1);
    EXPECT_EQ(subscription_month(statuses, 7).subscriptions, 1);
}

TEST(SubscriptionCounts, TrialThatEndsWasNeverCanceled) {
    const std::vector<StatusChange> statuses = {status(utc(2024, 6, 20), "trialing"),
                                                status(utc(2024, 7, 4), "canceled", true)};
    EXPECT_EQ(subscription_month(statuses, 7), CountFlow{});
}

TEST(SubscriptionCounts, EndInTheMonthOfTheStartIsCanceledButNotChurned) {
    const std::vector<StatusChange> statuses = {status(utc(2024, 6, 3), "active"),
                                                status(utc(2024, 6, 20), "canceled", true)};
    const CountFlow june = subscription_month(statuses, 6);
    EXPECT_EQ(june.started, 1);
    EXPECT_EQ(june.canceled, 1);
    EXPECT_EQ(june.subscriptions, 0);
    EXPECT_EQ(june.subscriptions_churned, 0);
}

TEST(SubscriptionCounts, ReturnFromUnpaidIsNoSecondStart) {
    const std::vector<StatusChange> statuses = {
        status(utc(2024, 5, 1), "active"), status(utc(2024, 6, 1), "past_due"),
        status(utc(2024, 6, 22), "unpaid"), status(utc(2024, 7, 2), "active"),
        status(utc(2024, 8, 1), "canceled", true)};
    EXPECT_EQ(subscription_month(statuses, 6).subscriptions, -1);
    EXPECT_EQ(subscription_month(statuses, 7).subscriptions, 1);
    EXPECT_EQ(subscription_month(statuses, 7).started, 0);
    const CountFlow august = subscription_month(statuses, 8);
    EXPECT_EQ(august.canceled, 1);
    EXPECT_EQ(august.subscriptions_churned, 1);
    EXPECT_EQ(subscription_month(statuses, 8, utc(2024, 8, 1)), CountFlow{});
}

TEST(SubscriptionCounts, EndLongAfterServiceEndedIsCanceledButNotChurned) {
    const std::vector<StatusChange> statuses = {status(utc(2024, 5, 1), "active"),
                                                status(utc(2024, 6, 22), "unpaid"),
                                                status(utc(2024, 8, 1), "canceled", true)};
    EXPECT_EQ(subscription_month(statuses, 8).canceled, 1);
    EXPECT_EQ(subscription_month(statuses, 8).subscriptions_churned, 0);
}

} // namespace
} // namespace billing::core
