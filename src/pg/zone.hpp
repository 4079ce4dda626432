// The server's time zone database behind the core's calendar.
#pragma once

#include "core/calendar.hpp"
#include "pg/prelude.hpp"

namespace billing::pg {

// Whether the name is an IANA zone that the server knows; POSIX specifications are refused.
bool is_time_zone(const std::string &name);

// A calendar of the zone; throws validation_failed for an unknown one. Calendars are kept for the
// life of the backend, since their answers are costly to collect and small to keep.
const core::Calendar &calendar_of(const std::string &time_zone,
                                  core::WeekStart week = core::WeekStart::monday);

} // namespace billing::pg
