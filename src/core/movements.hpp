// Netting: from the ledger of one customer to what each bucket shows of it.
//
// S is the customer's MRR just before a bucket, E just before its end. A bucket's flows follow from
// S, E and whether the customer ever paid before; what happens between nets out. Levels are sums of
// flows, so opening + movements = closing holds exactly.
//
// A rollup row is a sum over customers. After any change of a customer's ledger the rollups move by
// net(after) - net(before); both sides come from here, so nothing else has to be kept in step.
#pragma once

#include "core/calendar.hpp"
#include "core/decimal.hpp"
#include "core/timeline.hpp"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace billing::core {

// One ledger row of the customer, whichever subscription it belongs to.
struct LedgerPoint {
    Instant at = 0;
    std::string currency;
    Decimal mrr; // differences, after - before
    Decimal trial;
    Decimal committed;
    // Equal for the points of one subscription, different between a customer's subscriptions.
    uint64_t subscription = 0;
};

struct MrrFlow {
    Decimal new_mrr;
    Decimal reactivation;
    Decimal expansion;
    Decimal contraction; // positive amounts, like churned
    Decimal churned;
    Decimal trial;             // change of the level
    Decimal committed;         // change of the level
    int64_t customers = 0;     // change of the number of customers paying in this currency
    int64_t subscriptions = 0; // and of subscriptions with MRR > 0 in it

    Decimal net() const { return new_mrr + reactivation + expansion - contraction - churned; }
    bool is_zero() const;
    MrrFlow &operator+=(const MrrFlow &);
    MrrFlow &operator-=(const MrrFlow &);
    bool operator==(const MrrFlow &) const = default;
};

struct CountFlow {
    int64_t customers = 0; // change of the number of paying customers, whatever the currency
    int64_t customers_churned = 0;     // paying just before the bucket and not at its end
    int64_t subscriptions = 0;         // change of the number of active or past_due subscriptions
    int64_t started = 0;               // first active or past_due moment ever lies in the bucket
    int64_t canceled = 0;              // ended in the bucket, of those once started
    int64_t subscriptions_churned = 0; // active or past_due just before the bucket, ended in it

    bool is_zero() const;
    CountFlow &operator+=(const CountFlow &);
    CountFlow &operator-=(const CountFlow &);
    bool operator==(const CountFlow &) const = default;
};

using MrrKey = std::tuple<Granularity, std::string, Day>; // granularity, currency, bucket
using CountKey = std::tuple<Granularity, Day>;

struct Flows {
    std::map<MrrKey, MrrFlow> mrr;
    std::map<CountKey, CountFlow> counts;

    void add(const Flows &);
    void subtract(const Flows &);
    void drop_zeros();
};

// All flows of one customer's points with at < until (kNever: all), in every granularity.
// `points` may come in any order.
void net_customer(std::vector<LedgerPoint> points, const Calendar &calendar, Instant until,
                  Flows &out);
// The count flows of one subscription's status changes with effective_at < until.
void net_subscription(const std::vector<StatusChange> &statuses, const Calendar &calendar,
                      Instant until, Flows &out);

} // namespace billing::core
