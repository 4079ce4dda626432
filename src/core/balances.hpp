// Balances that pay for one feature together: which one burns first, whether a consumption is
// allowed, what is given back, and what a reset carries over.
//
// Pure functions. The caller holds the lock on the counters and stores the answer. Sums beyond the
// range of a counter stand at its end: such a limit is as good as none.
#pragma once

#include "core/quota.hpp"

#include <array>
#include <vector>

namespace billing::core {

// Throws std::overflow_error where a counter would not fit.
int64_t checked_sum(int64_t a, int64_t b);

struct Balance {
    std::optional<int64_t> quota; // of one period; empty: unlimited
    int64_t carried = 0;          // what earlier periods left
    int64_t used = 0;
    int64_t priority = 100;
    Instant expires = kNever;
    Instant created = 0;
    std::array<uint8_t, 16> id{};

    // What is left; empty: no end.
    std::optional<int64_t> remaining() const;
};

// Lower priority number, then earlier expiry, then earlier creation.
bool burns_before(const Balance &a, const Balance &b);

struct Totals {
    std::optional<int64_t> quota; // empty: unlimited
    int64_t used = 0;
    std::optional<int64_t> remaining; // without what is held; empty: unlimited
    int64_t overage = 0;              // how far balances are overdrawn

    bool operator==(const Totals &) const = default;
};
// `held` is promised to others and not yet used.
Totals totals(const std::vector<Balance> &balances, int64_t held = 0);

// Whether this much may be taken, and, for nothing at all, whether anything is left to take.
bool allows(const Totals &totals, int64_t quantity, Overage overage);

struct Consumption {
    bool allowed = false;
    int64_t granted = 0;
    bool operator==(const Consumption &) const = default;
};

// Takes `quantity` > 0 from balances in their burning order. An unlimited balance takes all. What
// goes beyond the limit is refused whole, granted as far as the limit reaches, or granted whole and
// booked on the last balance. Throws std::overflow_error where a counter would not fit.
Consumption consume(std::vector<Balance> &balances, int64_t held, int64_t quantity,
                    Overage overage);

// Gives back `quantity` > 0, at most what is used, to the balance that burned last first. `granted`
// is negative.
Consumption give_back(std::vector<Balance> &balances, int64_t quantity);

// What a balance carries into its next period after `periods` of them have ended, the first with
// `used` and the others unused. At most `rollover_max`.
int64_t carry_over(int64_t quota, int64_t carried, int64_t used, int64_t rollover_max,
                   int64_t periods);

} // namespace billing::core
