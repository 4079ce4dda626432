// The customers that a batch of events touches.
#pragma once

#include "core/objects.hpp"
#include "pg/store.hpp"

namespace billing::customers {

struct CustomerRow : pg::StoredRow {
    std::string email; // lower-case
    std::string name;
    std::string metadata = "{}";
    std::string currency;
    std::string country;
    std::string test_clock;
    std::string claimed_external_id; // what Stripe's metadata ask for, granted or not
    std::string stored_claim;        // the same as the table has it
    std::optional<core::Instant> created_at;
    std::optional<core::Instant> updated_at;
    std::optional<core::Instant> archived_at;
    std::optional<core::Instant> deleted_at;
    std::string deleted_event_id;

    void assign(const core::CustomerFacts &facts);
    // The earliest deletion counts, whenever it arrives.
    void mark_deleted(core::Instant at, const std::string &event_id);
};

class CustomerStore : public pg::Store<CustomerRow> {
  public:
    void load(const pg::Uuid &organization);
    void flush(const pg::Uuid &organization);

  private:
    // Gives each external id to the oldest living customer that claims it, unless a row of our own
    // making has it.
    void settle_claims(const pg::Uuid &organization, const pg::Columns &claims);
};

} // namespace billing::customers
