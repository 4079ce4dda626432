// From all versions of one subscription to its history: the ledger rows, the status changes and the
// stretches of access.
//
// derive() is a pure function of its inputs, and the inputs are a set: the same versions in any
// order of arrival give the same rows. It is called again whenever a version, or a fact of the
// catalogue that a version leaned on, arrives.
#pragma once

#include "core/pricing.hpp"
#include "core/settings.hpp"
#include "core/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace billing::core {

enum class VersionSource : uint8_t { event, refetch, backfill };

struct Version {
    Instant created = 0; // of the event
    int16_t rank = 0;    // lifecycle: created 0, updated 1, deleted 2
    std::string event_id;
    VersionSource source = VersionSource::event;
    // Fingerprints of the normalised snapshot and of the one before it, as previous_attributes
    // tell; previous is empty where the event says nothing of it. They order versions of one
    // second.
    uint64_t own = 0;
    std::optional<uint64_t> previous;
    SubscriptionSnapshot snapshot;
};

// Oldest first: by created; in one second by the chain previous == own that starts at the state
// before that second, then by rank, then by event id.
void sort_versions(std::vector<Version> &versions);

// A discount that arrived by an event of its own: live on [start, min(end, removed_at)).
// It belongs to the list of its subscription (or customer) from its start until a later version
// lists otherwise.
struct AttachedDiscount {
    DiscountFacts discount;
    std::optional<Instant> removed_at;
    Instant created = 0; // of the event that brought it
    std::string event_id;
};

struct TimelineInput {
    std::vector<Version> versions;          // any order
    std::vector<AttachedDiscount> attached; // of this subscription
    std::vector<AttachedDiscount>
        customer_discounts; // count where the subscription has none of its own
    struct Deletion {
        Instant at;
        std::string event_id;
    };
    std::optional<Deletion> customer_deleted;
};

struct Amounts {
    Decimal mrr;
    Decimal trial;     // MRR that a trial would bring
    Decimal committed; // MRR without what is already asked to end
    bool operator==(const Amounts &) const = default;
};

// One line of the ledger: at effective_at the amounts of a price of the subscription changed.
// A price appears once per instant; items of one price are summed.
//
// reason is one of:
//   started             first active or past_due moment, or out of `incomplete`
//   backfill            first known by a listing, not by an event: dated at its start_date
//   trial_started       from now on it counts in trial MRR
//   trial_converted     a trial became active or past_due
//   price_changed       the set of prices differs
//   quantity_changed    the same prices in other quantities
//   discount_changed    a snapshot lists other discounts than the one before
//   discount_started, discount_ended   time alone made a discount start or end
//   cancel_requested, cancel_withdrawn an end was scheduled or taken back
//   paused, resumed     by status or by pause_collection
//   unpaid, recovered   Stripe gave up collecting; it was paid after all
//   grace_ended         past_due for longer than the setting past_due_grace
//   canceled            it ended, at ended_at
//   customer_deleted    it ended because its customer was deleted
//   updated             anything else, such as another tax rate
struct MrrChange {
    Instant effective_at = 0;
    int16_t event_rank = 0;
    std::string event_id;
    std::string price; // Stripe ids
    std::string product;
    std::string currency;
    std::string reason;
    Amounts before;
    Amounts after;
};

// The subscription's standing from effective_at on. Consecutive rows differ.
struct StatusChange {
    Instant effective_at = 0;
    std::string event_id;
    std::string status;
    bool in_service = false; // active or past_due: counts as an active subscription
    bool entitled = false;   // access is given
    bool ended = false;      // for good
};

// Access to a product from `from` on, until `to`. quantity sums the licensed items of that product,
// where an absent quantity counts as 1; a product with metered items alone has quantity 1.
struct AccessInterval {
    std::string product;
    int64_t quantity = 1;
    Instant from = 0;
    std::string from_event;
    Instant to = kNever;
    std::string to_event; // empty while open
};

struct Timeline {
    std::vector<MrrChange> changes;     // ordered by effective_at, then price
    std::vector<StatusChange> statuses; // ordered by effective_at
    std::vector<AccessInterval> access; // ordered by from, then product
    // Index into the sorted versions of the one that decides the row; versions come back sorted.
    std::vector<Version> versions;
    size_t current = 0;
    // A version could not be priced (unknown discount or tiers): the last known MRR stands.
    bool unresolved = false;
};

Timeline derive(TimelineInput input, const Catalogue &catalogue, const Settings &settings);

// The version in force at `at` and its discounts, for explain_mrr; empty before the first.
struct InForce {
    const Version *version = nullptr;
    std::vector<DiscountFacts> discounts;
    // The standing then. It differs from the snapshot's own where a later snapshot tells of an
    // earlier time: a trial that is over, a subscription or customer that has ended since.
    std::string status;
    bool mrr = false;   // the status gate: its amounts are MRR then
    bool trial = false; // or trial MRR
};
std::optional<InForce> in_force_at(const Timeline &timeline, const TimelineInput &input, Instant at,
                                   const Catalogue &catalogue = {}, const Settings &settings = {});

} // namespace billing::core
