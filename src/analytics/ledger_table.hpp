// Reading and writing mrr_changes, its history, and status_changes: a statement per batch each.
#pragma once

#include "analytics/ledger.hpp"

namespace billing::analytics {

std::vector<LedgerRow> load_ledger(const pg::Uuid &organization,
                                   const std::vector<pg::Uuid> &customers);
// Moves the rows to the history.
void remove_ledger_rows(const pg::Uuid &organization, const std::vector<LedgerRow> &rows,
                        core::Instant superseded_at);
void add_ledger_rows(const pg::Uuid &organization, const std::vector<LedgerRow> &rows);
void fold_ledger_rows(const pg::Uuid &organization, const std::vector<LedgerRow> &rows);

using KeyedStatuses = std::vector<std::pair<pg::Uuid, StatusRow>>; // subscription, row
std::unordered_map<pg::Uuid, std::vector<StatusRow>, pg::UuidHash>
load_statuses(const pg::Uuid &organization, const std::vector<pg::Uuid> &subscriptions);
void remove_statuses(const pg::Uuid &organization, const KeyedStatuses &rows);
void add_statuses(const pg::Uuid &organization, const KeyedStatuses &rows);
void fold_statuses(const pg::Uuid &organization, const KeyedStatuses &rows);

bool anything_due(const pg::Uuid &organization, core::Instant now);
void fold_all_due(const pg::Uuid &organization, core::Instant now);

} // namespace billing::analytics
