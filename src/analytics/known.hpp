// The ledger as it was known at an earlier time: live rows recorded by then, and rows that were
// recorded by then and replaced later.
//
// This reads ledgers, not rollups: it costs the organization's history, and is for audits.
#pragma once

#include "core/movements.hpp"
#include "tenancy/organization.hpp"

namespace billing::analytics {

// The flows up to and including `now` of what was known at `known_at`.
core::Flows known_flows(const tenancy::Organization &organization, core::Instant known_at,
                        core::Instant now);

// MRR levels of one currency at an instant.
struct MrrLevel {
    core::Decimal mrr;
    core::Decimal trial;
    core::Decimal committed;
    int64_t customers = 0;     // with MRR > 0
    int64_t subscriptions = 0; // with MRR > 0
};
// The levels at `at` of what was known at `known_at`, by currency.
std::map<std::string, MrrLevel> known_levels(const tenancy::Organization &organization,
                                             core::Instant known_at, core::Instant at);

// The currencies of flows in order; the organization's if there are none.
std::vector<std::string> currencies_of(const tenancy::Organization &organization,
                                       const core::Flows &flows);

} // namespace billing::analytics
