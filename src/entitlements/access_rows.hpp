// The rows of billing_internal.access: the resolved answers, each with its counters.
//
// What a row says of the answer is written under the lock of its customer, by what changes grants
// or plans, and under the lock of the row; its counters under the lock of the row alone, by who
// consumes. So a consumption never waits for such a change, and no change loses a consumption.
//
// A row whose answer does not stand now is there for its counter; one that denies is there for its
// counter, or to say that this customer does not have a default: two transactions that decide
// about a default then meet at this row.
#pragma once

#include "entitlements/resolution.hpp"
#include "pg/spi.hpp"

namespace billing::entitlements {

struct AccessKey {
    pg::Uuid customer;
    std::string feature_key;
    auto operator<=>(const AccessKey &) const = default;
};

// What is promised and not settled, as it is until the first of it expires.
struct Holds {
    int64_t total = 0;
    core::Instant until = core::kNever;
};

struct AccessRow {
    Resolution resolution;
    Counter counter;
    std::optional<int64_t> extra = 0; // what the overrides leave; empty: no end
    Holds holds;
    int64_t leased = 0;       // lent to slots: 0 in every row that was loaded or locked
    core::Decimal prepaid;    // the fraction of a credit that is paid already
    int64_t credit_units = 0; // paid by credits and not given back
};

using AccessRows = std::map<AccessKey, AccessRow>;

// All need an open Spi and run in a definer function, under EnginePlanning. `keys` are those of
// features; empty stands for all.
AccessRows load_rows(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     const std::vector<std::string> &keys, pg::Access access);
// Locks rows until the transaction ends, in the given order, and takes back what they lent
// (slots.hpp): the counters are whole, and stay so.
std::optional<AccessRow> lock_row(const pg::Uuid &organization, const AccessKey &key);
AccessRows lock_rows(const pg::Uuid &organization, const std::vector<AccessKey> &keys);
// Locks a row that nobody else holds, without waiting and as it is: what it lends stays lent.
std::optional<AccessRow> lock_free_row(const pg::Uuid &organization, const AccessKey &key);

// A row that another transaction made first takes the answer and keeps its counters.
void insert_rows(const pg::Uuid &organization, const AccessRows &rows);
// The same, but what another transaction made first stays.
void offer_row(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row);
// Rows that are locked.
void update_rows(const pg::Uuid &organization, const AccessRows &rows);
// The counters alone; the second, of the pool alone.
void update_counters(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row);
void update_counter(const pg::Uuid &organization, const AccessKey &key, const Counter &counter);
void delete_row(const pg::Uuid &organization, const AccessKey &key);

} // namespace billing::entitlements
