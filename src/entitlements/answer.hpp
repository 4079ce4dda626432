// Whether and why a customer may use a feature, from the grants themselves. The columns of
// explain_access. All need an open Spi and run in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/access_rows.hpp"
#include "entitlements/resolution.hpp"

namespace billing::entitlements {

struct Answer {
    bool allowed = false;
    // plan, default, overage; or unknown_customer, unknown_feature, archived, no_grant, expired,
    // quota_exceeded
    std::string reason;
    std::optional<Kind> kind;
    std::optional<int64_t> quota;
    std::optional<int64_t> used;
    std::optional<int64_t> remaining = 0; // empty: unlimited
    std::optional<int64_t> overage;
    core::QuotaPeriod period;
    std::optional<std::string> value;
    std::string source; // the event behind the answer
};

// The question: one customer, or none where the reference is unknown.
struct Question {
    pg::Uuid organization;
    std::optional<pg::Uuid> customer;
    core::Instant at = 0;
    int64_t quantity = 1;
    pg::Access access = pg::Access::read;
};

// What the grants say of one feature; empty: no access.
std::optional<Resolution> derive(const Question &question, const std::string &feature_key);

// Why there is none.
Answer refusal(const Question &question, const std::string &feature_key);

// The counter of a resolution at the instant of the question, now or later.
Counter counter_now(const Question &question, const std::string &feature_key,
                    const Resolution &resolution);

// What is allowed of a resolution, the counter given.
Answer weigh(const Resolution &resolution, const Counter &counter, int64_t quantity);

// Now, or later as far as it is known; `past`: as the kept intervals and usage tell of an earlier
// instant.
Answer explain(const Question &question, const std::string &feature_key, bool past);

// Every feature of the catalogue, by key.
std::vector<std::pair<std::string, Answer>> explain_all(const Question &question);

} // namespace billing::entitlements
