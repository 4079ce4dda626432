#include "stripe/shapes/time_text.hpp"

#include "core/calendar.hpp"

namespace billing::stripe {
namespace {

// Reads exactly `count` digits from the front; -1 where there are fewer.
int32_t take_digits(std::string_view &text, size_t count) {
    if (text.size() < count) {
        return -1;
    }
    int32_t value = 0;
    for (size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view &text, char c) {
    if (!text.starts_with(c)) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

// "YYYY-MM-DD" as a day.
std::optional<core::Day> take_date(std::string_view &text) {
    const int32_t year = take_digits(text, 4);
    const bool first = take(text, '-');
    const int32_t month = take_digits(text, 2);
    const bool second = take(text, '-');
    const int32_t day = take_digits(text, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || !first || !second ||
        day > core::days_in_month(year, month)) {
        return std::nullopt;
    }
    return core::day_from_civil({year, month, day});
}

// "HH:MM:SS" in seconds, -1 where it is none; a leap second counts as the next one.
int64_t take_seconds(std::string_view &text) {
    const int32_t hour = take_digits(text, 2);
    const bool first = take(text, ':');
    const int32_t minute = take_digits(text, 2);
    const bool second = take(text, ':');
    const int32_t seconds = take_digits(text, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || seconds < 0 || seconds > 60 ||
        !first || !second) {
        return -1;
    }
    return (int64_t{hour} * 60 + minute) * 60 + seconds;
}

int64_t take_fraction(std::string_view &text) {
    int64_t micros = 0;
    int64_t unit = core::kSecond / 10;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10) {
        micros += (text[0] - '0') * unit;
    }
    return micros;
}

} // namespace

std::optional<core::Instant> parse_utc(std::string_view text) {
    const std::optional<core::Day> day = take_date(text);
    if (!day || !take(text, 'T')) {
        return std::nullopt;
    }
    const int64_t seconds = take_seconds(text);
    if (seconds < 0) {
        return std::nullopt;
    }
    const int64_t micros = take(text, '.') ? take_fraction(text) : 0;
    if (text != "Z") {
        return std::nullopt;
    }
    return int64_t{*day} * core::kMicrosPerDay + core::from_unix(seconds) + micros;
}

} // namespace billing::stripe
