#include "core/calendar.hpp"

#include "core_support.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace billing::core {
namespace {

using test::date;
using test::utc;

constexpr int64_t kMinute = 60 * kSecond;

// A zone as a table: from each instant on, local time is UTC plus so many minutes.
struct Offset {
    Instant from;
    int32_t minutes;
};

// The first instant whose local time is not before midnight of the day, found the slow way: the
// local clock is read minute by minute. Where midnight occurs twice this is the first.
Calendar zone(std::vector<Offset> table, WeekStart week = WeekStart::monday) {
    return Calendar(
        [table = std::move(table)](Day day) {
            const auto local = [&table](Instant at) {
                int32_t minutes = table.front().minutes;
                for (const Offset &offset : table) {
                    minutes = at >= offset.from ? offset.minutes : minutes;
                }
                return at + minutes * kMinute;
            };
            Instant at = day * kMicrosPerDay - kMicrosPerDay;
            while (local(at) < day * kMicrosPerDay) {
                at += kMinute;
            }
            return at;
        },
        week);
}

Calendar new_york_2025() {
    return zone({{kBeginning, -300},
                 {utc(2025, 3, 9, 7), -240},    // 02:00 EST becomes 03:00 EDT
                 {utc(2025, 11, 2, 6), -300}}); // 02:00 EDT becomes 01:00 EST
}

TEST(Calendar, ConvertsEveryDayOfEightCenturiesBothWays) {
    using namespace std::chrono;
    for (Day day = date(1700, 1, 1); day < date(2500, 1, 1); ++day) {
        const year_month_day expected{sys_days{days{day}}};
        const Civil civil = civil_from_day(day);
        ASSERT_EQ(civil.year, int{expected.year()});
        ASSERT_EQ(civil.month, static_cast<int>(unsigned{expected.month()}));
        ASSERT_EQ(civil.day, static_cast<int>(unsigned{expected.day()}));
        ASSERT_EQ(day_from_civil(civil), day);
    }
}

TEST(Calendar, AddsMonthsClampedToTheLastDay) {
    EXPECT_EQ(add_months_utc(utc(2024, 1, 31, 12), 1), utc(2024, 2, 29, 12));
    EXPECT_EQ(add_months_utc(utc(2025, 1, 31), 1), utc(2025, 2, 28));
    EXPECT_EQ(add_months_utc(utc(2024, 11, 30), 3), utc(2025, 2, 28));
    EXPECT_EQ(add_months_utc(utc(2024, 2, 29), 12), utc(2025, 2, 28));
    EXPECT_EQ(add_months_utc(utc(2024, 3, 31), -1), utc(2024, 2, 29));
    EXPECT_EQ(add_months_utc(utc(2024, 1, 15), -13), utc(2022, 12, 15));
    EXPECT_EQ(add_months_utc(utc(1969, 12, 31, 23), 2), utc(1970, 2, 28, 23));
    EXPECT_EQ(add_months_utc(utc(2024, 1, 1), 2'000'000'000), kNever);
}

TEST(Calendar, CutsBucketsAtTheirFirstDay) {
    const Day day = date(2025, 8, 14); // a Thursday
    EXPECT_EQ(bucket_start(day, Granularity::day), day);
    EXPECT_EQ(bucket_start(day, Granularity::week), date(2025, 8, 11));
    EXPECT_EQ(bucket_start(day, Granularity::week, WeekStart::sunday), date(2025, 8, 10));
    EXPECT_EQ(bucket_start(day, Granularity::month), date(2025, 8, 1));
    EXPECT_EQ(bucket_start(day, Granularity::quarter), date(2025, 7, 1));
    EXPECT_EQ(bucket_start(day, Granularity::year), date(2025, 1, 1));
    EXPECT_EQ(bucket_start(date(1969, 12, 31), Granularity::week), date(1969, 12, 29));
    EXPECT_EQ(bucket_start(date(2025, 8, 10), Granularity::week, WeekStart::sunday),
              date(2025, 8, 10));
}

TEST(Calendar, BucketsFollowEachOtherWithoutGaps) {
    for (const Granularity granularity : kGranularities) {
        Day bucket = bucket_start(date(1999, 12, 31), granularity);
        for (int i = 0; i < 300; ++i) {
            const Day next = next_bucket(bucket, granularity);
            ASSERT_EQ(bucket_start(next - 1, granularity), bucket);
            ASSERT_EQ(bucket_start(next, granularity), next);
            ASSERT_EQ(shift_bucket(next, granularity, -1), bucket);
            bucket = next;
        }
    }
    EXPECT_EQ(shift_bucket(date(2025, 1, 1), Granularity::quarter, -5), date(2023, 10, 1));
}

TEST(Calendar, KnowsGranularitiesByName) {
    for (const Granularity granularity : kGranularities) {
        EXPECT_EQ(granularity_from(name_of(granularity)), granularity);
    }
    EXPECT_FALSE(granularity_from("Month").has_value());
    EXPECT_FALSE(granularity_from("").has_value());
}

TEST(Calendar, ShortDayInNewYorkHas23Hours) {
    const Calendar calendar = new_york_2025();
    EXPECT_EQ(calendar.start_of(date(2025, 3, 9)), utc(2025, 3, 9, 5));
    EXPECT_EQ(calendar.start_of(date(2025, 3, 10)) - calendar.start_of(date(2025, 3, 9)),
              23 * 60 * kMinute);
    EXPECT_EQ(calendar.start_of(date(2025, 11, 3)) - calendar.start_of(date(2025, 11, 2)),
              25 * 60 * kMinute);
}

TEST(Calendar, LateEveningInNewYorkIsStillMarch) {
    const Calendar calendar = new_york_2025();
    const Instant at = utc(2025, 4, 1, 3, 30);
    EXPECT_EQ(calendar.day_of(at), date(2025, 3, 31));
    EXPECT_EQ(calendar.bucket_of(at, Granularity::month), date(2025, 3, 1));
    EXPECT_EQ(calendar.bucket_of(at, Granularity::quarter), date(2025, 1, 1));
    EXPECT_EQ(test::utc_calendar().bucket_of(at, Granularity::month), date(2025, 4, 1));
}

TEST(Calendar, LocalMidnightBelongsToTheNewBucket) {
    const Calendar calendar = new_york_2025();
    const Instant midnight = utc(2025, 4, 1, 4);
    EXPECT_EQ(calendar.bucket_of(midnight, Granularity::month), date(2025, 4, 1));
    EXPECT_EQ(calendar.bucket_of(midnight - 1, Granularity::month), date(2025, 3, 1));
}

TEST(Calendar, SkippedMidnightStartsAtTheFirstInstantAfterIt) {
    // Sao Paulo, 2017-10-15: 00:00 at -3 became 01:00 at -2.
    const Calendar calendar = zone({{kBeginning, -180}, {utc(2017, 10, 15, 3), -120}});
    EXPECT_EQ(calendar.start_of(date(2017, 10, 15)), utc(2017, 10, 15, 3));
    EXPECT_EQ(calendar.start_of(date(2017, 10, 16)), utc(2017, 10, 16, 2));
    EXPECT_EQ(calendar.day_of(utc(2017, 10, 15, 3)), date(2017, 10, 15));
    EXPECT_EQ(calendar.day_of(utc(2017, 10, 15, 3) - 1), date(2017, 10, 14));
}

TEST(Calendar, DoubledMidnightStartsAtTheFirstOfThem) {
    // St. John's, 2008-11-02: 00:01 at -2:30 became 23:01 of the day before at -3:30.
    const Calendar calendar = zone({{kBeginning, -150}, {utc(2008, 11, 2, 2, 31), -210}});
    EXPECT_EQ(calendar.start_of(date(2008, 11, 2)), utc(2008, 11, 2, 2, 30));
    EXPECT_EQ(calendar.day_of(utc(2008, 11, 2, 2, 30) - 1), date(2008, 11, 1));
    // The clock says 23:30 of November 1 again; the new day has begun all the same.
    EXPECT_EQ(calendar.day_of(utc(2008, 11, 2, 3)), date(2008, 11, 2));
    EXPECT_EQ(calendar.bucket_of(utc(2008, 11, 2, 3), Granularity::day), date(2008, 11, 2));
}

TEST(Calendar, DateThatAZoneSkippedHoldsNothing) {
    // Apia went from -10 to +14 at the end of 2011-12-29: there was no December 30.
    const Calendar calendar = zone({{kBeginning, -600}, {utc(2011, 12, 30, 10), 840}});
    EXPECT_EQ(calendar.start_of(date(2011, 12, 30)), calendar.start_of(date(2011, 12, 31)));
    EXPECT_EQ(calendar.day_of(utc(2011, 12, 30, 10)), date(2011, 12, 31));
    EXPECT_EQ(calendar.day_of(utc(2011, 12, 30, 10) - 1), date(2011, 12, 29));
}

TEST(Calendar, AsksForEachDayOnceAndGrowsInBothDirections) {
    std::map<Day, int> asked;
    const Calendar calendar([&asked](Day day) {
        ++asked[day];
        return day * kMicrosPerDay;
    });
    for (int round = 0; round < 3; ++round) {
        for (const Day day : {date(2020, 1, 1), date(2024, 6, 1), date(1995, 1, 1),
                              date(2020, 1, 2), date(2100, 1, 1)}) {
            EXPECT_EQ(calendar.day_of(day * kMicrosPerDay + kSecond), day);
        }
    }
    for (const auto &[day, times] : asked) {
        EXPECT_EQ(times, 1) << day;
    }
}

TEST(Calendar, AnswersForAbsurdDatesWithoutKeepingThem) {
    const Calendar calendar = test::utc_calendar();
    EXPECT_EQ(calendar.day_of(utc(9999, 12, 31, 23)), date(9999, 12, 31));
    EXPECT_EQ(calendar.day_of(utc(1, 1, 1, 1)), date(1, 1, 1));
    EXPECT_EQ(calendar.bucket_of(utc(30'000, 5, 5), Granularity::year), date(30'000, 1, 1));
}

} // namespace
} // namespace billing::core
