// The log of usage, and the answers kept with idempotency keys. Needs an open Spi in a definer
// function.
#pragma once

#include "core/quota.hpp"
#include "pg/spi.hpp"

namespace billing::entitlements {

struct UsageRequest {
    pg::Uuid organization;
    pg::Uuid customer;
    std::string feature_key;
    int64_t quantity = 1;
    std::optional<std::string> idempotency_key;
};

// What track_usage answers.
struct UsageAnswer {
    bool allowed = false;
    // plan, default, overage, capped; or unknown_customer, unknown_feature, archived, no_grant,
    // expired, quota_exceeded
    std::string reason;
    int64_t granted = 0;
    std::optional<int64_t> used;
    std::optional<int64_t> remaining = 0; // empty: unlimited
    std::optional<int64_t> overage;
    core::QuotaPeriod period;
};

// The answer that was given under the request's key. Throws idempotency_conflict where that was
// for another quantity.
std::optional<UsageAnswer> find_answer(const UsageRequest &request);

// Appends a record, with the answer where there is a key. False: the key is taken by now.
bool append_record(const UsageRequest &request, const UsageAnswer &answer, core::Instant now);

} // namespace billing::entitlements
