// The subscriptions that a batch of events touches, with their items.
#pragma once

#include "core/snapshot.hpp"
#include "pg/store.hpp"

namespace billing::subscriptions {

struct ItemRow {
    std::string stripe_id;
    std::optional<pg::Uuid> price_id;
    std::optional<pg::Uuid> product_id;
    std::optional<int64_t> quantity;
    std::optional<core::Instant> period_start;
    std::optional<core::Instant> period_end;
    bool operator==(const ItemRow &) const = default;
};

struct SubscriptionRow : pg::StoredRow {
    std::optional<pg::Uuid> customer_id;
    std::string stripe_customer;
    std::string status;
    std::string currency;
    std::optional<core::Instant> start_date;
    std::optional<core::Instant> trial_start;
    std::optional<core::Instant> trial_end;
    std::optional<core::Instant> period_start;
    std::optional<core::Instant> period_end;
    std::optional<core::Instant> billing_anchor;
    std::optional<core::Instant> ends_at;
    std::optional<core::Instant> canceled_at;
    std::optional<core::Instant> ended_at;
    std::string pause_behavior;
    std::string test_clock;
    bool unresolved = false;
    std::optional<core::Instant> created_at;
    std::optional<core::Instant> updated_at;
    std::vector<ItemRow> items;        // as the batch wants them
    std::vector<ItemRow> stored_items; // as the table has them

    void assign(const core::SubscriptionSnapshot &snapshot);
};

class SubscriptionStore : public pg::Store<SubscriptionRow> {
  public:
    void load(const pg::Uuid &organization);
    // Loads by our own id what is not there yet; returns the Stripe ids.
    std::vector<std::string> load_by_id(const pg::Uuid &organization,
                                        const std::vector<pg::Uuid> &ids);
    // Items that are missing go, others are written where they differ.
    void flush(const pg::Uuid &organization);

  private:
    std::string read(const pg::Row &row);
    void load_items(const pg::Uuid &organization, const std::vector<std::string> &stripe_ids);
    void flush_items(const pg::Uuid &organization);
};

} // namespace billing::subscriptions
