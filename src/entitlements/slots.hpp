// What a pool has lent to slots, so that who consumes at the same time does not wait for the commit
// of another.
//
// While a row of access lends, its quota is shared: access.used counts what was taken from the row,
// access.leased is the sum of what slots were lent, and each slot counts what was taken from it. So
// used + leased never exceeds the quota. Slots are there only while something is lent, under the
// answer and in the epoch of the row: whoever is to change either locks the row and takes all back
// first (lock_row and lock_rows do), which waits for those who are using a slot. It waits for them
// before it locks the row too, and holds nothing of it meanwhile: who uses a slot may come to need
// the row.
//
// These need an open Spi and run in a definer function, under EnginePlanning; what is said to need
// no statement needs neither.
#pragma once

#include "entitlements/access_rows.hpp"

namespace billing::entitlements {

// What was taken from a slot.
struct SlotTake {
    int16_t slot;
    // What all slots used, where the slot is as the caller's snapshot shows it: then so is the row.
    std::optional<int64_t> used;
};
bool slots_are_ready();
// To be called while not ready, once the schema is known to fit.
void prepare_slots();
// Takes without a statement, from a slot that nobody uses, that is as the caller's snapshot shows
// it and that has as much, or has used as much as a negative quantity gives back; it is held until
// the transaction ends. Empty: try take_from_slot(). Not to be used where the transaction has one
// snapshot.
std::optional<SlotTake> take_from_free_slot(const pg::Uuid &organization, const AccessKey &key,
                                            int64_t quantity, core::Instant now);

// Takes from a slot that nobody uses and that has as much; it is held until the transaction ends.
// Empty: there is none. Not to be used where the transaction has one snapshot.
std::optional<SlotTake> take_from_slot(const pg::Uuid &organization, const AccessKey &key,
                                       int64_t quantity, core::Instant now);
// Undoes that, in the same transaction.
void return_to_slot(const pg::Uuid &organization, const AccessKey &key, int16_t slot,
                    int64_t quantity);

// What a pool offers to lend, as its row is locked: less than what would reach a threshold of its
// quota (alerts.hpp), as nobody sees what slots have used together.
struct Loan {
    int64_t left = 0; // neither used nor lent, and below the next threshold that tells somebody
    core::Instant from = 0;
    core::Instant until = core::kNever;
    core::Instant epoch = 0;
};
// Lends half of what is left, if that is far more than `quantity` for each slot. The first takes
// from a row that lends nothing; the second, from one whose unused slots are empty.
void lend(const pg::Uuid &organization, const AccessKey &key, const Loan &loan, int64_t quantity);
void lend_again(const pg::Uuid &organization, const AccessKey &key, const Loan &loan,
                int64_t quantity);

// What the slots of a locked row have used at least, however those end who are using one. Empty:
// nobody else is.
std::optional<int64_t> least_used_by_others(const pg::Uuid &organization, const AccessKey &key);
// Puts into a locked row what nobody else is using, without waiting. The slots stay, with nothing.
void take_back_unused(const pg::Uuid &organization, const AccessKey &key);

// Waits for those who are using slots of a row; to be called before the row is locked. Others may
// come to use some meanwhile. Who uses one too may be waited for in turn: then the server ends one
// of the two as a deadlock, with a hint of ours.
void wait_for_slots(const pg::Uuid &organization, const AccessKey &key);

// Waits for all slots of a row that is locked, and puts what they used into it.
void take_back(const pg::Uuid &organization, const AccessKey &key, AccessRow &row);

} // namespace billing::entitlements
