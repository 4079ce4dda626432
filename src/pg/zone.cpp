#include "pg/zone.hpp"

#include "pg/boundary.hpp"

#include <algorithm>
#include <memory>

extern "C" {
#include "pgtime.h"
}

namespace billing::pg {

namespace {

pg_tz *find_zone(const std::string &name) {
    if (name.empty() || name.size() > TZ_STRLEN_MAX) {
        return nullptr;
    }
    // pg_tzset also takes POSIX specifications such as "FOO5" or "A/B5", which always have a digit;
    // of the IANA names only these do. And three files are no zones of their own.
    constexpr std::array<std::string_view, 8> kWithDigits = {
        "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "GMT0", "GMT+0", "GMT-0", "Etc/GMT0"};
    constexpr std::array<std::string_view, 3> kNoZones = {"localtime", "posixrules", "Factory"};
    const auto among = [&name](const auto &names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const bool has_digit = name.find_first_of("0123456789<") != std::string::npos;
    const bool offset_zone = name.starts_with("Etc/GMT+") || name.starts_with("Etc/GMT-");
    if ((has_digit && !among(kWithDigits) && !offset_zone) || among(kNoZones)) {
        return nullptr;
    }
    return call([n = name.c_str()] { return pg_tzset(n); });
}

// The first instant of a local day: walk over the stretches of constant offset around its midnight
// and take the first one that reaches it.
core::Instant first_instant(pg_tz *zone, core::Day day) {
    const pg_time_t midnight = static_cast<pg_time_t>(day) * 86400; // as if UTC
    pg_time_t from = midnight - 2 * 86400;
    for (;;) {
        long before_offset = 0;
        long after_offset = 0;
        int before_dst = 0;
        int after_dst = 0;
        pg_time_t boundary = 0;
        const pg_time_t asked = from;
        const int found = call([&] {
            return pg_next_dst_boundary(&asked, &before_offset, &before_dst, &boundary,
                                        &after_offset, &after_dst, zone);
        });
        const pg_time_t candidate =
            std::max(from, midnight - static_cast<pg_time_t>(before_offset));
        if (found != 1 || candidate < boundary) {
            return core::from_unix(candidate);
        }
        from = boundary;
    }
}

struct Kept {
    std::string name;
    core::WeekStart week;
    std::unique_ptr<core::Calendar> calendar;
};

// Lives for ever by design: no destructor runs at exit.
std::vector<Kept> &kept_calendars() {
    static auto *kept = std::make_unique<std::vector<Kept>>().release();
    return *kept;
}

} // namespace

bool is_time_zone(const std::string &name) {
    return find_zone(name) != nullptr;
}

const core::Calendar &calendar_of(const std::string &time_zone, core::WeekStart week) {
    for (const Kept &kept : kept_calendars()) {
        if (kept.name == time_zone && kept.week == week) {
            return *kept.calendar;
        }
    }
    pg_tz *zone = find_zone(time_zone);
    if (zone == nullptr) {
        throw invalid("time_zone", "is not a time zone this server knows: " + time_zone);
    }
    auto calendar = std::make_unique<core::Calendar>(
        [zone](core::Day day) { return first_instant(zone, day); }, week);
    kept_calendars().push_back({time_zone, week, std::move(calendar)});
    return *kept_calendars().back().calendar;
}

} // namespace billing::pg
