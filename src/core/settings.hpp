// An organization's choices where careful people compute differently. Defaults first.
#pragma once

#include "core/calendar.hpp"
#include "core/instant.hpp"

#include <optional>

namespace billing::core {

enum class DiscountPolicy : uint8_t { recurring, forever, all, none };
enum class PausePolicy : uint8_t { by_behavior, include, exclude };
enum class ChurnAt : uint8_t { end, request };
// What the plans of several subscriptions give together.
enum class LimitPolicy : uint8_t { sum, max };

struct Settings {
    DiscountPolicy discounts = DiscountPolicy::recurring;
    PausePolicy pause = PausePolicy::by_behavior;
    ChurnAt churn_at = ChurnAt::end;
    std::optional<int64_t> past_due_grace; // microseconds; empty: until Stripe ends it
    std::optional<int64_t> access_grace;
    LimitPolicy limits = LimitPolicy::sum;
    WeekStart week_starts = WeekStart::monday;

    bool operator==(const Settings &) const = default;
};

} // namespace billing::core
