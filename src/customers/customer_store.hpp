// The customers that a batch of events touches.
#pragma once

#include "core/objects.hpp"
#include "customers/taking.hpp"
#include "pg/store.hpp"

namespace billing::customers {

// The texts that are written here as well as at Stripe: whoever was later decides.
struct SharedTexts {
    std::string email; // lower-case
    std::string name;
    std::string metadata = "{}";
};

struct CustomerRow : pg::StoredRow, SharedTexts {
    std::string currency;
    std::string country;
    std::string test_clock;
    std::string claimed_external_id; // what Stripe's metadata ask for, granted or not
    std::string stored_claim;        // the same as the table has it
    std::optional<core::Instant> stripe_created_at;
    std::optional<core::Instant> created_at;
    std::optional<core::Instant> stored_created_at; // the same as the table has it
    std::optional<core::Instant> updated_at;
    std::optional<core::Instant> changed_here_at; // a caller's last change of the shared texts
    std::optional<core::Instant> archived_at;
    std::optional<pg::Uuid> merged_into;
    std::optional<core::Instant> deleted_at;
    std::string deleted_event_id;

    // Whom everything that names this Stripe customer belongs to.
    pg::Uuid owner() const { return merged_into.value_or(id); }
    void assign(const core::CustomerFacts &facts);
    // A caller's change: it stands unless the snapshot that decides this row is younger.
    void keep_local(const SharedTexts &local, core::Instant changed_here_at);
    // The earliest deletion counts, whenever it arrives.
    void mark_deleted(core::Instant at, const std::string &event_id);
};

class CustomerStore : public pg::Store<CustomerRow> {
  public:
    void load(const pg::Uuid &organization);
    void flush(const pg::Uuid &organization);
    // Stored customers that flush() would write.
    std::vector<pg::Uuid> written() const;

  private:
    // Locks what is about to be written, and takes over what callers changed since it was read.
    void take_local_changes(const pg::Uuid &organization, Hold hold);
    // Stored customers whose created_at changes with what is about to be written.
    std::vector<pg::Uuid> newly_dated();
    // Whose Stripe customers are deleted by what is about to be written.
    std::vector<pg::Uuid> owners_of_deleted() const;
    // External ids whose claims change with what is about to be written.
    std::vector<std::string> changed_claims();
};

} // namespace billing::customers
