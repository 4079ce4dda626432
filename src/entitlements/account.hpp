// What pays for a metered feature of one customer at an instant: the pool, the grants made by hand,
// and what is promised already. From here to the core's balances and back.
//
// These need an open Spi and run in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/access_rows.hpp"

namespace billing::entitlements {

struct Account {
    Resolution answer;
    Counter pool;
    std::vector<Override> overrides; // whose balances count, in their period
    int64_t held = 0;

    // In their burning order; the pool's has the nil id.
    std::vector<core::Balance> balances() const;
    // The balances after a consumption.
    void take_over(const std::vector<core::Balance> &balances);
    // Of the balance that begins anew first.
    core::QuotaPeriod period() const;
    // What the overrides leave; empty: no end.
    std::optional<int64_t> extra() const;
};

// The account behind an answer at `at`, with the counters of the row, where there is one; what the
// row does not hold is read, under a lock of the row if this is to write.
Account open_account(const pg::Uuid &organization, const AccessKey &key, const Resolution &answer,
                     const std::optional<AccessRow> &row, core::Instant at, pg::Access access);

// What is promised at `at`.
Holds load_holds(const pg::Uuid &organization, const AccessKey &key, core::Instant at,
                 pg::Access access);

} // namespace billing::entitlements
