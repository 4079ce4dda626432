#include "core/quota.hpp"

#include "core_support.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace billing::core {

namespace {

using test::utc;

QuotaPeriod monthly(Instant anchor, Instant at) {
    return quota_period(ResetInterval::month, anchor, at);
}

TEST(Quota, MonthlyPeriodsNeverDriftFromTheAnchor) { // E3
    const Instant anchor = utc(2025, 1, 31, 9);
    const Instant february = utc(2025, 2, 28, 9);
    const Instant march = utc(2025, 3, 31, 9);
    const Instant april = utc(2025, 4, 30, 9);
    EXPECT_EQ(monthly(anchor, anchor), (QuotaPeriod{anchor, february}));
    EXPECT_EQ(monthly(anchor, february - 1), (QuotaPeriod{anchor, february}));
    EXPECT_EQ(monthly(anchor, february), (QuotaPeriod{february, march}));
    EXPECT_EQ(monthly(anchor, march), (QuotaPeriod{march, april}));
    EXPECT_EQ(monthly(anchor, utc(2025, 4, 30, 8)), (QuotaPeriod{march, april}));
    EXPECT_EQ(monthly(anchor, utc(2024, 2, 29, 9)),
              (QuotaPeriod{utc(2024, 2, 29, 9), utc(2024, 3, 31, 9)}))
        << "a leap year, before the anchor";
}

TEST(Quota, YearlyPeriodOfALeapDay) {
    const Instant anchor = utc(2024, 2, 29);
    EXPECT_EQ(quota_period(ResetInterval::year, anchor, utc(2025, 6, 1)),
              (QuotaPeriod{utc(2025, 2, 28), utc(2026, 2, 28)}));
    EXPECT_EQ(quota_period(ResetInterval::year, anchor, utc(2028, 2, 28, 12)),
              (QuotaPeriod{utc(2027, 2, 28), utc(2028, 2, 29)}));
}

TEST(Quota, DaysAndWeeksAreCountedFromTheAnchor) {
    const Instant anchor = utc(2025, 1, 1, 17);
    EXPECT_EQ(quota_period(ResetInterval::day, anchor, utc(2025, 3, 5, 16)),
              (QuotaPeriod{utc(2025, 3, 4, 17), utc(2025, 3, 5, 17)}));
    EXPECT_EQ(quota_period(ResetInterval::week, anchor, utc(2025, 1, 15, 17)),
              (QuotaPeriod{utc(2025, 1, 15, 17), utc(2025, 1, 22, 17)}));
    EXPECT_EQ(quota_period(ResetInterval::week, anchor, utc(2024, 12, 31)),
              (QuotaPeriod{utc(2024, 12, 25, 17), anchor}));
}

TEST(Quota, EveryInstantLiesInItsPeriodAndPeriodsAreContiguous) {
    for (const ResetInterval interval :
         {ResetInterval::day, ResetInterval::week, ResetInterval::month, ResetInterval::year}) {
        for (const Instant anchor :
             {utc(2024, 1, 31, 5), utc(2024, 2, 29), utc(1969, 12, 31, 23)}) {
            Instant at = utc(2023, 1, 1, 1);
            while (at < utc(2027, 1, 1)) {
                const QuotaPeriod period = quota_period(interval, anchor, at);
                ASSERT_LE(period.start, at);
                ASSERT_LT(at, period.end);
                ASSERT_EQ(quota_period(interval, anchor, period.start), period);
                ASSERT_EQ(quota_period(interval, anchor, period.end).start, period.end);
                at = period.end + kSecond;
            }
        }
    }
}

TEST(Quota, NeverAndUnknownBillingPeriodsHaveNoBounds) {
    const Instant at = utc(2025, 1, 1);
    EXPECT_EQ(quota_period(ResetInterval::never, at, at), (QuotaPeriod{kBeginning, kNever}));
    EXPECT_EQ(quota_period(ResetInterval::billing_period, at, at),
              (QuotaPeriod{kBeginning, kNever}));
    const QuotaPeriod billing{utc(2024, 12, 20), utc(2025, 1, 20)};
    EXPECT_EQ(quota_period(ResetInterval::billing_period, at, at, billing), billing);
}

TEST(Quota, KnowsItsWordsByName) {
    for (const char *name : {"never", "day", "week", "month", "year", "billing_period"}) {
        EXPECT_EQ(name_of(reset_interval_from(name).value()), name);
    }
    for (const char *name : {"reject", "cap", "allow"}) {
        EXPECT_EQ(name_of(overage_from(name).value()), name);
    }
    EXPECT_FALSE(reset_interval_from("hour").has_value());
    EXPECT_FALSE(overage_from("").has_value());
}

TEST(Quota, PeriodsBetweenTwoBeginningsAreCounted) {
    const Instant jan = utc(2024, 1, 31);
    EXPECT_EQ(periods_between(ResetInterval::month, jan, utc(2024, 2, 29)), 1);
    EXPECT_EQ(periods_between(ResetInterval::month, jan, utc(2025, 1, 31)), 12);
    EXPECT_EQ(periods_between(ResetInterval::year, utc(2024, 2, 29), utc(2027, 2, 28)), 3);
    EXPECT_EQ(periods_between(ResetInterval::day, jan, utc(2024, 3, 1)), 30);
    EXPECT_EQ(periods_between(ResetInterval::week, jan, utc(2024, 2, 14)), 2);
    EXPECT_EQ(periods_between(ResetInterval::billing_period, jan, utc(2024, 9, 1)), 1);
    EXPECT_EQ(periods_between(ResetInterval::never, jan, utc(2024, 9, 1)), 0);
    EXPECT_EQ(periods_between(ResetInterval::day, jan, jan), 0);
}

} // namespace
} // namespace billing::core
