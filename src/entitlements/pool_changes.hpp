// How pools counted, kept for questions about earlier instants: by which rule and in which epoch,
// from each change on that usage itself does not tell. All need an open Spi and run in a definer
// function, under EnginePlanning.
#pragma once

#include "entitlements/access_rows.hpp"

namespace billing::entitlements {

// Whether this answer and counter end what the records of usage tell of the row's counter. A pool
// in which nothing is counted may change unseen: nothing of it can be told wrongly.
bool changes_pool(const AccessRow &row, const Resolution &answer, const Counter &counter);

// The rows as they are from now on.
void append_changes(const pg::Uuid &organization, const AccessRows &rows, core::Instant now);
// The same of counters that were added up, whose epochs begin with what they count already.
void append_sums(const pg::Uuid &organization, const AccessRows &rows, core::Instant now);

struct PoolChange {
    core::Instant at = 0;
    Resolution rule; // what keep_pool() and settle() ask of it
    Counter counter; // without what was used since
};
std::optional<PoolChange> last_change(const pg::Uuid &organization, const AccessKey &key,
                                      core::Instant at, pg::Access access);

// What an epoch began with.
int64_t counted_before(const pg::Uuid &organization, const AccessKey &key, core::Instant epoch,
                       pg::Access access);

} // namespace billing::entitlements
