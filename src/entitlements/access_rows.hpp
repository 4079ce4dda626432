// The rows of billing_internal.access: the resolved answers, each with its counter.
//
// The answer's columns are written under the organization's lane alone, by what changes grants or
// plans; the counter's (used, period_start, resets_at) under the lock of the row alone, by who
// consumes. So a consumption never waits for the lane, and apply loses no consumption.
//
// A row without an answer that holds now is there for its counter, or, for a feature that is given
// by default, to say that this customer does not have it: two transactions that decide about a
// default then meet at this row.
#pragma once

#include "entitlements/resolution.hpp"
#include "pg/spi.hpp"

namespace billing::entitlements {

struct AccessKey {
    pg::Uuid customer;
    std::string feature_key;
    auto operator<=>(const AccessKey &) const = default;
};

struct AccessRow {
    Resolution resolution;
    Counter counter;
};

using AccessRows = std::map<AccessKey, AccessRow>;

// All need an open Spi and run in a definer function, under EnginePlanning.
AccessRows load_rows(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     pg::Access access);
AccessRows load_rows_of(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                        const std::string &feature_key);
std::optional<AccessRow> load_row(const pg::Uuid &organization, const AccessKey &key,
                                  pg::Access access);
// Locks the row until the transaction ends.
std::optional<AccessRow> lock_row(const pg::Uuid &organization, const AccessKey &key);
AccessRows lock_rows(const pg::Uuid &organization, const std::vector<AccessKey> &keys);

// A row that another transaction made first takes the answer and keeps its counter.
void insert_rows(const pg::Uuid &organization, const AccessRows &rows);
// The same, but what another transaction made first stays.
void offer_row(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row);
// Rows that are locked.
void update_rows(const pg::Uuid &organization, const AccessRows &rows);
void update_counter(const pg::Uuid &organization, const AccessKey &key, const Counter &counter);
// Deletes those of the rows whose counter is not in use at `now`.
void delete_unused_rows(const pg::Uuid &organization, const std::vector<AccessKey> &keys,
                        core::Instant now);

} // namespace billing::entitlements
