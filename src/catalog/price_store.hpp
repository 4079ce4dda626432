// The prices that a batch of events touches.
#pragma once

#include "core/objects.hpp"
#include "pg/store.hpp"

namespace billing::catalog {

struct PriceRow : pg::StoredRow {
    core::PriceFacts facts;
    bool known = false; // facts say more than the id
    std::optional<pg::Uuid> product_id;
    std::string nickname;
    std::string lookup_key;
    bool active = true;
    std::optional<core::Instant> created_at;
    std::optional<core::Instant> updated_at;
    std::optional<core::Instant> deleted_at;

    void assign(const core::PriceRow &row);
    // Takes what a snapshot that does not decide the row knows more: amounts of a price never
    // change, and Stripe sends tiers and other currencies only expanded.
    void fill(const core::PriceFacts &other);
    // What another object's copy of the price tells.
    void assign_embedded(const core::PriceFacts &copy);
};

class PriceStore : public pg::Store<PriceRow> {
  public:
    void load(const pg::Uuid &organization);
    void flush(const pg::Uuid &organization);
};

} // namespace billing::catalog
