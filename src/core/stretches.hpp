// Which version is in force when.
//
// Sorted versions become stretches of time: each version holds from its effective start until a
// later version takes over or the subscription ends. The end is one instant, told by the version
// that ended it, and nothing holds from then on.
#pragma once

#include "core/timeline.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace billing::core {

struct Stretch {
    const Version *version = nullptr;
    Instant from = 0;
    Instant to = kNever; // later than from
    // As lived, which is the snapshot's status except where a listing tells of the past.
    std::string_view status;
    bool backfilled = false;
};

struct Plan {
    std::vector<Stretch> stretches; // by time, without overlaps
    Instant end = kNever;
    const Version *terminal = nullptr; // what ended it; empty while it runs, or by its customer
    size_t current = 0;                // index of the version that decides the row
};

// `sorted` must outlive the plan and must not be empty.
Plan plan_stretches(const std::vector<Version> &sorted,
                    const std::optional<TimelineInput::Deletion> &customer_deleted);

bool in_service(std::string_view status);

} // namespace billing::core
