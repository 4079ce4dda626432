// Whether and why a customer may use a feature, from the grants themselves. The columns of
// explain_access. All need an open Spi and run in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/standing.hpp"

namespace billing::entitlements {

struct Answer {
    bool allowed = false;
    // plan, default, override, top_up, credits, overage; or unknown_customer, unknown_feature,
    // archived, blocked, no_grant, expired, quota_exceeded
    std::string reason;
    std::optional<Kind> kind;
    std::optional<int64_t> quota;
    std::optional<int64_t> used;
    std::optional<int64_t> remaining = 0; // empty: unlimited
    std::optional<int64_t> overage;
    core::QuotaPeriod period;
    std::optional<std::string> value;
    std::string source; // the event, or the grant made by hand, behind the answer
};

// What a feature's own balances and the credits beside them allow together.
struct Means {
    Account own;
    std::optional<Account> credits;
    core::Decimal prepaid;

    core::Totals own_totals() const { return core::totals(own.balances(), own.held); }
    // How many units credits pay for: none, or, where they are unlimited, empty.
    std::optional<int64_t> units_by_credits() const;
    bool credits_allow(int64_t quantity) const;
};
Means means_of(const Question &question, const Standing &standing, const std::string &key,
               const Resolution &answer);

// Without the reasons for a refusal; empty: there is none to use.
std::optional<Answer> find_answer(const Question &question, const std::string &feature_key);

Answer explain(const Question &question, const std::string &feature_key);

// Every feature of the catalogue, by key.
std::vector<std::pair<std::string, Answer>> explain_all(const Question &question);

// How what remains shows where credits pay too.
std::optional<int64_t> remaining_of(const core::Totals &totals, const Means &means);

} // namespace billing::entitlements
