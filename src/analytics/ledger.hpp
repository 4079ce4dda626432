// The ledger of the customers that a batch touches: what is stored, what was derived anew, and the
// difference between the two, written with the rollups' share of it.
#pragma once

#include "core/movements.hpp"
#include "subscriptions/derivation.hpp"
#include "tenancy/organization.hpp"

namespace billing::analytics {

struct LedgerRow {
    pg::Uuid subscription;
    pg::Uuid price;
    core::Instant effective_at = 0;
    int16_t event_rank = 0;
    std::string event_id;
    pg::Uuid customer;
    std::optional<pg::Uuid> product;
    std::string currency;
    std::string reason;
    core::Amounts before;
    core::Amounts after;
    bool folded = false;
    core::Instant recorded_at = 0;

    // The same fact, whenever it was recorded.
    bool same_as(const LedgerRow &other) const;
};

struct StatusRow {
    core::StatusChange change;
    pg::Uuid customer;
    bool folded = false;

    bool same_as(const StatusRow &other) const;
};

class Ledger {
  public:
    Ledger(const tenancy::Organization &organization, core::Instant now)
        : organization_(organization), now_(now) {}

    // Takes the derived timelines as the truth about their subscriptions and writes: replaced rows
    // move to the history, rows that are due are folded, the rollups follow.
    void replace(subscriptions::Objects &objects,
                 const std::vector<subscriptions::Derived> &derived);

    // Customers whose subscriptions are another's now, as the derived rows say.
    void take_over_from(std::vector<pg::Uuid> customers) { former_ = std::move(customers); }

    // The same without writing: what would be written.
    struct Changes {
        std::vector<LedgerRow> removed;
        std::vector<LedgerRow> added;
        std::vector<std::pair<pg::Uuid, StatusRow>> removed_statuses; // by subscription
        std::vector<std::pair<pg::Uuid, StatusRow>> added_statuses;
    };
    Changes compare(subscriptions::Objects &objects,
                    const std::vector<subscriptions::Derived> &derived);

    // Collects the flows of everything that replace() or compare() saw instead of writing
    // differences to the rollups: for deriving them all anew.
    void collect_flows_into(core::Flows *all) { all_ = all; }

  private:
    struct Side {
        std::vector<core::LedgerPoint> stored; // as folded in the rollups
        std::vector<core::LedgerPoint> wanted; // as it must be
    };

    void load(const std::vector<pg::Uuid> &customers, const std::vector<pg::Uuid> &subscriptions);
    void compare_changes(const pg::Uuid &subscription, std::vector<LedgerRow> wanted);
    void compare_statuses(const pg::Uuid &subscription, std::vector<StatusRow> wanted);
    void net();
    void write();
    std::vector<pg::Uuid> changed_customers() const;
    void clear();
    void derive_differences(subscriptions::Objects &objects,
                            const std::vector<subscriptions::Derived> &derived);
    bool is_due(core::Instant at) const { return at <= now_; }

    const tenancy::Organization &organization_;
    core::Instant now_;
    core::Flows *all_ = nullptr;
    std::vector<pg::Uuid> former_;

    std::unordered_map<pg::Uuid, std::vector<LedgerRow>, pg::UuidHash> rows_;
    std::unordered_map<pg::Uuid, std::vector<StatusRow>, pg::UuidHash> statuses_;
    std::unordered_map<pg::Uuid, Side, pg::UuidHash> customers_;
    core::Flows difference_;

    Changes changes_;
    std::vector<LedgerRow> due_;
    std::vector<std::pair<pg::Uuid, StatusRow>> due_statuses_;
};

// Folds what time alone has made due since the last fold.
void fold_due(const tenancy::Organization &organization, core::Instant now);

} // namespace billing::analytics
