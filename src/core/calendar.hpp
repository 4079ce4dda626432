// Buckets of time in an organization's time zone.
//
// A bucket is named by the local date on which it starts. It holds the instants from the first
// instant of that date to the first instant of the next bucket's date: half-open, so an event at
// exactly local midnight belongs to the new bucket. The first instant of a date is the first one
// after a midnight that does not exist, and the first of two where midnight occurs twice.
//
// The core knows no time zone database. It asks a function for the first instant of a date and
// keeps the answers; the server answers from its own tzdata, the tests from a table.
#pragma once

#include "core/instant.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace billing::core {

struct Civil {
    int32_t year;
    int32_t month; // 1 to 12
    int32_t day;   // 1 to 31
};

Day day_from_civil(Civil civil);
Civil civil_from_day(Day day);
int32_t days_in_month(int32_t year, int32_t month);
// `months` later on the same day of the month, or its last day if that is shorter.
Civil add_months(Civil civil, int32_t months);
// The same on an instant, keeping the time of day, in UTC.
Instant add_months_utc(Instant at, int32_t months);

enum class Granularity : uint8_t { day, week, month, quarter, year };
inline constexpr std::array<Granularity, 5> kGranularities = {
    Granularity::day, Granularity::week, Granularity::month, Granularity::quarter,
    Granularity::year};
std::optional<Granularity> granularity_from(std::string_view name);
std::string_view name_of(Granularity granularity);

enum class WeekStart : uint8_t { monday, sunday };

// The first day of the bucket that holds `day`, and of the one after it.
Day bucket_start(Day day, Granularity granularity, WeekStart week = WeekStart::monday);
Day next_bucket(Day bucket, Granularity granularity);
// `count` buckets before (negative) or after `bucket`, which must be a bucket's first day.
Day shift_bucket(Day bucket, Granularity granularity, int32_t count);

class Calendar {
  public:
    using DayStart = std::function<Instant(Day)>;
    explicit Calendar(DayStart first_instant, WeekStart week = WeekStart::monday);

    // The local date whose [first instant, next first instant) holds `at`.
    Day day_of(Instant at) const;
    Day bucket_of(Instant at, Granularity granularity) const;
    // The first instant of a local date, so of the bucket that starts on it.
    Instant start_of(Day day) const;
    WeekStart week_start() const { return week_; }

  private:
    DayStart first_instant_;
    WeekStart week_;
    // Answers already given, by day from base_; kNever where none was asked for yet.
    mutable std::vector<Instant> known_;
    mutable Day base_ = 0;
};

} // namespace billing::core
