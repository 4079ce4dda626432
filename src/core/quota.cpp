#include "core/quota.hpp"

#include "core/calendar.hpp"

#include <algorithm>
#include <array>

namespace billing::core {
namespace {

constexpr std::array<std::string_view, 6> kIntervalNames = {"never", "day",  "week",
                                                            "month", "year", "billing_period"};
constexpr std::array<std::string_view, 3> kOverageNames = {"reject", "cap", "allow"};

template <typename Enum, size_t N>
std::optional<Enum> enum_from(const std::array<std::string_view, N> &names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<Enum>(found - names.begin());
}

// Periods of one length: the distance from the anchor says it all.
QuotaPeriod fixed_period(Instant anchor, Instant at, int64_t length) {
    const int64_t distance = at - anchor;
    const int64_t rest = (distance % length + length) % length;
    return {at - rest, at - rest + length};
}

int64_t months_of(Instant at) {
    const int64_t days = at / kMicrosPerDay - (at % kMicrosPerDay < 0 ? 1 : 0);
    const Civil civil = civil_from_day(static_cast<Day>(days));
    return int64_t{civil.year} * 12 + civil.month;
}

// Every boundary is counted from the anchor, never from the boundary before: that would drift.
QuotaPeriod monthly_period(Instant anchor, Instant at, int32_t months) {
    auto count = static_cast<int32_t>((months_of(at) - months_of(anchor)) / months);
    while (add_months_utc(anchor, count * months) > at) {
        --count;
    }
    while (add_months_utc(anchor, (count + 1) * months) <= at) {
        ++count;
    }
    return {add_months_utc(anchor, count * months), add_months_utc(anchor, (count + 1) * months)};
}

} // namespace

std::optional<ResetInterval> reset_interval_from(std::string_view name) {
    return enum_from<ResetInterval>(kIntervalNames, name);
}

std::string_view name_of(ResetInterval interval) {
    return kIntervalNames[static_cast<size_t>(interval)];
}

std::optional<Overage> overage_from(std::string_view name) {
    return enum_from<Overage>(kOverageNames, name);
}

std::string_view name_of(Overage overage) {
    return kOverageNames[static_cast<size_t>(overage)];
}

QuotaPeriod quota_period(ResetInterval interval, Instant anchor, Instant at,
                         std::optional<QuotaPeriod> billing) {
    switch (interval) {
    case ResetInterval::never:
        return {};
    case ResetInterval::day:
        return fixed_period(anchor, at, kMicrosPerDay);
    case ResetInterval::week:
        return fixed_period(anchor, at, 7 * kMicrosPerDay);
    case ResetInterval::month:
        return monthly_period(anchor, at, 1);
    case ResetInterval::year:
        return monthly_period(anchor, at, 12);
    case ResetInterval::billing_period:
        break;
    }
    return billing.value_or(QuotaPeriod{});
}

int64_t periods_between(ResetInterval interval, Instant from, Instant to) {
    if (to <= from || interval == ResetInterval::never) {
        return 0;
    }
    switch (interval) {
    case ResetInterval::day:
        return (to - from) / kMicrosPerDay;
    case ResetInterval::week:
        return (to - from) / (7 * kMicrosPerDay);
    case ResetInterval::month:
        return months_of(to) - months_of(from);
    case ResetInterval::year:
        return (months_of(to) - months_of(from)) / 12;
    default:
        return 1;
    }
}

} // namespace billing::core
