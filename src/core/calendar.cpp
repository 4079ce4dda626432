#include "core/calendar.hpp"

#include <algorithm>
#include <utility>

namespace billing::core {
namespace {

constexpr int64_t floor_div(int64_t value, int64_t divisor) {
    const int64_t quotient = value / divisor;
    return value % divisor < 0 ? quotient - 1 : quotient;
}

constexpr int64_t floor_mod(int64_t value, int64_t divisor) {
    return value - floor_div(value, divisor) * divisor;
}

constexpr int64_t kDaysPerEra = 146'097; // 400 years
// From 0000-03-01, where an era of years that begin in March starts, to 1970-01-01.
constexpr int64_t kEpochOffset = 719'468;

constexpr std::array<std::string_view, 5> kNames = {"day", "week", "month", "quarter", "year"};

// Years 1900 to 2200. Outside of them answers are asked for again each time, so that one absurd
// date cannot make the cache span millennia.
constexpr Day kCacheFrom = -25'567;
constexpr Day kCacheTo = 84'006;
// Room added beyond what was asked for, so that neighbours find their place ready.
constexpr Day kMargin = 400;

} // namespace

// Both conversions count years from March: the leap day is then the last of its year.
Day day_from_civil(Civil civil) {
    const int64_t year = civil.month <= 2 ? civil.year - int64_t{1} : civil.year;
    const int64_t era = floor_div(year, 400);
    const int64_t year_of_era = year - era * 400;
    const int64_t month_from_march = (civil.month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + civil.day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return static_cast<Day>(era * kDaysPerEra + day_of_era - kEpochOffset);
}

Civil civil_from_day(Day day) {
    const int64_t shifted = day + kEpochOffset;
    const int64_t era = floor_div(shifted, kDaysPerEra);
    const int64_t day_of_era = shifted - era * kDaysPerEra;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
    return {static_cast<int32_t>(year), static_cast<int32_t>(month),
            static_cast<int32_t>(day_of_year - (153 * month_from_march + 2) / 5 + 1)};
}

int32_t days_in_month(int32_t year, int32_t month) {
    constexpr std::array<int32_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

Civil add_months(Civil civil, int32_t months) {
    const int64_t index = int64_t{civil.year} * 12 + (civil.month - 1) + months;
    const auto year = static_cast<int32_t>(floor_div(index, 12));
    const auto month = static_cast<int32_t>(floor_mod(index, 12)) + 1;
    return {year, month, std::min(civil.day, days_in_month(year, month))};
}

Instant add_months_utc(Instant at, int32_t months) {
    constexpr int32_t kFarMonths = 1'200'000;
    constexpr Instant kFar = 100'000 * 366 * kMicrosPerDay;
    if (at > kFar || at < -kFar || months > kFarMonths || months < -kFarMonths) {
        return months < 0 ? kBeginning : kNever; // a hundred millennia away: no date of a bill
    }
    const auto day = static_cast<Day>(floor_div(at, kMicrosPerDay));
    const int64_t time_of_day = floor_mod(at, kMicrosPerDay);
    const Day moved = day_from_civil(add_months(civil_from_day(day), months));
    return moved * kMicrosPerDay + time_of_day;
}

std::optional<Granularity> granularity_from(std::string_view name) {
    const auto *const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) {
        return std::nullopt;
    }
    return static_cast<Granularity>(found - kNames.begin());
}

std::string_view name_of(Granularity granularity) {
    return kNames[static_cast<size_t>(granularity)];
}

Day bucket_start(Day day, Granularity granularity, WeekStart week) {
    if (granularity == Granularity::day) {
        return day;
    }
    if (granularity == Granularity::week) {
        // 1970-01-01 was a Thursday: three days after a Monday, four after a Sunday.
        const Day since_week_start = week == WeekStart::monday ? 3 : 4;
        return day - static_cast<Day>(floor_mod(int64_t{day} + since_week_start, 7));
    }
    const Civil civil = civil_from_day(day);
    switch (granularity) {
    case Granularity::month:
        return day - (civil.day - 1);
    case Granularity::quarter:
        return day_from_civil({civil.year, (civil.month - 1) / 3 * 3 + 1, 1});
    default:
        return day_from_civil({civil.year, 1, 1});
    }
}

Day next_bucket(Day bucket, Granularity granularity) {
    return shift_bucket(bucket, granularity, 1);
}

Day shift_bucket(Day bucket, Granularity granularity, int32_t count) {
    switch (granularity) {
    case Granularity::day:
        return bucket + count;
    case Granularity::week:
        return bucket + 7 * count;
    case Granularity::month:
        return day_from_civil(add_months(civil_from_day(bucket), count));
    case Granularity::quarter:
        return day_from_civil(add_months(civil_from_day(bucket), 3 * count));
    case Granularity::year:
        break;
    }
    return day_from_civil(add_months(civil_from_day(bucket), 12 * count));
}

Calendar::Calendar(DayStart first_instant, WeekStart week)
    : first_instant_(std::move(first_instant)), week_(week) {}

Instant Calendar::start_of(Day day) const {
    if (day < kCacheFrom || day >= kCacheTo) {
        return first_instant_(day);
    }
    const auto size = static_cast<Day>(known_.size());
    if (size == 0) {
        base_ = day;
    }
    if (day < base_) {
        const Day base = std::max(kCacheFrom, day - kMargin);
        known_.insert(known_.begin(), static_cast<size_t>(base_ - base), kNever);
        base_ = base;
    } else if (day - base_ >= size) {
        known_.resize(static_cast<size_t>(day - base_ + kMargin), kNever);
    }
    Instant &known = known_[static_cast<size_t>(day - base_)];
    if (known == kNever) {
        known = first_instant_(day);
    }
    return known;
}

Day Calendar::day_of(Instant at) const {
    // The UTC date is at most one day off, and dates that a zone skipped are empty intervals: the
    // last date that starts no later than `at` is the one that holds it.
    auto day = static_cast<Day>(floor_div(at, kMicrosPerDay));
    while (start_of(day) > at) {
        --day;
    }
    while (start_of(day + 1) <= at) {
        ++day;
    }
    return day;
}

Day Calendar::bucket_of(Instant at, Granularity granularity) const {
    return bucket_start(day_of(at), granularity, week_);
}

} // namespace billing::core
