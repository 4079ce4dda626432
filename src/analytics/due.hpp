// What the rollups do not tell yet, or too early.
//
// A ledger row is counted in the rollups (`folded`) once a transaction at or after its time has
// folded it. Between two folds rows become due by time alone, so a report adds them in memory and
// needs nobody to have run.
#pragma once

#include "core/movements.hpp"
#include "tenancy/organization.hpp"

namespace billing::analytics {

// What a fold adds to the rollups when it then marks every row at or before `now` as folded:
// netted over the customers and subscriptions that have such a row.
core::Flows due_flows(const tenancy::Organization &organization, core::Instant now);

// What a reader adds to the rollups to see the state at `now`: the due rows, less what younger
// transactions folded after `now` (a reader's now is the start of its transaction).
core::Flows flows_to(const tenancy::Organization &organization, core::Instant now);

} // namespace billing::analytics
