#include "core/quota.hpp"

#include "core_support.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace billing::core {

void PrintTo(const Consumption &c, std::ostream *out) {
    *out << "{allowed " << c.allowed << ", granted " << c.granted << ", used " << c.used
         << ", remaining " << (c.remaining ? std::to_string(*c.remaining) : "none") << ", overage "
         << c.overage << "}";
}

namespace {

using test::utc;

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

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

// ---- consuming ----

Consumption outcome(bool allowed, int64_t granted, int64_t used, std::optional<int64_t> remaining,
                    int64_t overage = 0) {
    return {.allowed = allowed,
            .granted = granted,
            .used = used,
            .remaining = remaining,
            .overage = overage};
}

TEST(Quota, RejectsWhatGoesBeyondTheLimit) { // E4
    EXPECT_EQ(consume(100, 99, 2, Overage::reject), outcome(false, 0, 99, 1));
    EXPECT_EQ(consume(100, 99, 1, Overage::reject), outcome(true, 1, 100, 0));
    EXPECT_EQ(consume(100, 100, 1, Overage::reject), outcome(false, 0, 100, 0));
}

TEST(Quota, CapsAtTheLimit) { // E4
    EXPECT_EQ(consume(100, 99, 2, Overage::cap), outcome(true, 1, 100, 0));
    EXPECT_EQ(consume(100, 100, 2, Overage::cap), outcome(false, 0, 100, 0));
}

TEST(Quota, AllowsOverageAndCountsIt) { // E4
    EXPECT_EQ(consume(100, 99, 2, Overage::allow), outcome(true, 2, 101, 0, 1));
    EXPECT_EQ(consume(100, 101, 5, Overage::allow), outcome(true, 5, 106, 0, 6));
}

TEST(Quota, NoLimitAllowsAnything) {
    EXPECT_EQ(consume(std::nullopt, 7, 5, Overage::reject), outcome(true, 5, 12, std::nullopt));
    EXPECT_EQ(consume(std::nullopt, 7, 0, Overage::reject), outcome(true, 0, 7, std::nullopt));
}

TEST(Quota, LowerLimitKeepsWhatWasUsed) {
    EXPECT_EQ(consume(500, 60, 0, Overage::reject), outcome(true, 0, 60, 440));
    EXPECT_EQ(consume(50, 60, 1, Overage::reject), outcome(false, 0, 60, 0, 10));
    EXPECT_EQ(consume(50, 60, 1, Overage::cap), outcome(false, 0, 60, 0, 10));
}

TEST(Quota, ZeroTellsWhetherAnythingIsLeft) {
    EXPECT_EQ(consume(100, 99, 0, Overage::reject), outcome(true, 0, 99, 1));
    EXPECT_EQ(consume(100, 100, 0, Overage::reject), outcome(false, 0, 100, 0));
    EXPECT_EQ(consume(0, 0, 0, Overage::cap), outcome(false, 0, 0, 0));
    EXPECT_EQ(consume(100, 100, 0, Overage::allow), outcome(true, 0, 100, 0));
}

TEST(Quota, GivesBackAtMostWhatWasUsed) {
    EXPECT_EQ(consume(100, 40, -15, Overage::reject), outcome(true, -15, 25, 75));
    EXPECT_EQ(consume(100, 40, -50, Overage::reject), outcome(true, -40, 0, 100));
    EXPECT_EQ(consume(100, 40, std::numeric_limits<int64_t>::min(), Overage::reject),
              outcome(true, -40, 0, 100));
    EXPECT_EQ(consume(100, 120, -10, Overage::reject), outcome(true, -10, 110, 0, 10));
}

TEST(Quota, LargestNumbersDoNotWrapAround) {
    EXPECT_EQ(consume(kMost, kMost - 1, kMost, Overage::reject), outcome(false, 0, kMost - 1, 1));
    EXPECT_EQ(consume(kMost, 0, kMost, Overage::reject), outcome(true, kMost, kMost, 0));
    EXPECT_EQ(consume(kMost, kMost - 1, kMost, Overage::cap), outcome(true, 1, kMost, 0));
    EXPECT_THROW(consume(100, 1, kMost, Overage::allow), std::overflow_error);
    EXPECT_THROW(consume(std::nullopt, kMost, 1, Overage::reject), std::overflow_error);
}

TEST(Quota, LimitIsReachedExactlyByConsumingOneByOne) {
    int64_t used = 0;
    int allowed = 0;
    for (int i = 0; i < 200; ++i) {
        const Consumption one = consume(100, used, 1, Overage::reject);
        used = one.used;
        allowed += one.allowed ? 1 : 0;
    }
    EXPECT_EQ(allowed, 100);
    EXPECT_EQ(used, 100);
}

} // namespace
} // namespace billing::core
