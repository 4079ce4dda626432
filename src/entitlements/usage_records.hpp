// The log of usage, and the answers kept with idempotency keys. Needs an open Spi in a definer
// function, but for what is done at once.
#pragma once

#include "entitlements/account.hpp"

namespace billing::entitlements {

struct UsageRequest {
    pg::Uuid organization;
    pg::Uuid customer;
    std::string feature_key;
    int64_t quantity = 1; // negative: gives back
    std::optional<std::string> idempotency_key;
    bool promised = false; // what was held for it: granted whatever remains now

    AccessKey key() const { return {customer, feature_key}; }
};

// What track_usage answers.
struct UsageAnswer {
    bool allowed = false;
    // plan, default, override, top_up, credits, overage, capped, returned; or unknown_customer,
    // unknown_feature, archived, blocked, no_grant, expired, quota_exceeded, nothing_used
    std::string reason;
    int64_t granted = 0;
    std::optional<int64_t> used;
    std::optional<int64_t> remaining = 0; // empty: unlimited
    std::optional<int64_t> overage;
    core::QuotaPeriod period;

    std::string to_json() const;
};
// From the columns of such a JSON: allowed, reason, granted, used, remaining, overage, resets_at.
UsageAnswer read_answer(const pg::Row &row, int first);

// The answer that was given under the request's key. Throws idempotency_conflict where that was
// for another quantity.
std::optional<UsageAnswer> find_answer(const UsageRequest &request);

// What a record says beside the answer.
struct Entry {
    int64_t pooled = 0; // of what is granted, on the pool
    Counter pool;       // afterwards, as all that follows
    std::optional<int64_t> quota;
    int64_t overage = 0;
    core::QuotaPeriod period;
    std::optional<pg::Uuid> paid_by;
    std::optional<core::Decimal> prepaid; // where it changed
};
// Appends the record `id`, with the answer where there is a key. False: the key is taken by now.
bool append_record(const pg::Uuid &id, const UsageRequest &request, const UsageAnswer &answer,
                   const Entry &entry, core::Instant now);

// Without a statement, for a request without a key, which can meet no other: can_append_at_once()
// says whether that is possible, to the end of the transaction.
bool records_are_ready();
void prepare_records();
bool can_append_at_once();
bool append_at_once(const pg::Uuid &id, const UsageRequest &request, const UsageAnswer &answer,
                    const Entry &entry, core::Instant now);

// What the record took from an override, in the epoch of its balance.
void append_burn(const pg::Uuid &organization, const pg::Uuid &record, const Override &one,
                 int64_t quantity, core::Instant now);

} // namespace billing::entitlements
