// Pages of the ledger in order of time, with the events behind its rows, and what each customer's
// rows of a bucket came to.
#pragma once

#include "analytics/report.hpp"

namespace billing::analytics {

struct LedgerFilter {
    pg::Uuid organization;
    core::Instant from = 0;
    core::Instant to = 0; // exclusive
    std::optional<pg::Uuid> customer;
    std::optional<std::string> currency;
    std::optional<core::Instant> known_at;
};

struct LedgerEvent {
    core::Instant effective_at = core::kBeginning;
    pg::Uuid subscription;
    pg::Uuid price;
    std::string event_id;
    pg::Uuid customer;
    std::string customer_name; // empty where unknown
    std::optional<pg::Uuid> product;
    std::string currency;
    std::string reason;
    core::Decimal old_mrr;
    core::Decimal new_mrr;
    std::string event_type; // empty where no event of that id is stored
    core::Instant recorded_at = 0;
};

// The rows that changed MRR after `last` (a row of the page before, else one at the filter's
// beginning), at most `limit`.
std::vector<LedgerEvent> ledger_page(const LedgerFilter &filter, const LedgerEvent &last,
                                     int64_t limit);

// What a customer's MRR did in a bucket, by customer, currency and bucket: new, reactivation,
// expansion, contraction or churned. What netted to nothing is absent.
using MovementKey = std::tuple<pg::Uuid, std::string, core::Day>;
std::map<MovementKey, std::string_view> movements_of(const Report &report,
                                                     const std::vector<LedgerEvent> &rows,
                                                     std::optional<core::Instant> known_at);

} // namespace billing::analytics
