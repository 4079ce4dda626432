// The discounts that a batch of events touches or leans on.
#pragma once

#include "core/objects.hpp"
#include "core/timeline.hpp"
#include "pg/store.hpp"

namespace billing::customers {

struct DiscountRow : pg::StoredRow {
    core::DiscountFacts facts;
    bool attached = false; // an event of its own brought it
    std::optional<core::Instant> removed_at;

    void assign(const core::DiscountFacts &next);
    void mark_removed(core::Instant at);
    core::AttachedDiscount as_attached() const;
};

class DiscountStore : public pg::Store<DiscountRow> {
  public:
    // By id, as wanted; and all attached ones of the customers named.
    void load(const pg::Uuid &organization);
    void load_of_customers(const pg::Uuid &organization,
                           const std::vector<std::string> &stripe_customers);
    void flush(const pg::Uuid &organization);

  private:
    void read(const pg::Row &row);
};

} // namespace billing::customers
