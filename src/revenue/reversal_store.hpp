// Refunds, disputes and credit notes that a batch of events touches.
#pragma once

#include "pg/store.hpp"

namespace billing::revenue {

struct ReversalRow : pg::StoredRow {
    std::string stripe_id;
    std::string kind; // refund, dispute, credit_note
    std::string status;
    std::string currency;
    int64_t amount = 0;
    std::string charge;
    std::string payment_intent;
    std::string stripe_invoice;
    std::optional<core::Instant> created_at;
    bool was_pending = false;
    std::optional<core::Instant> effective_at;
    std::optional<core::Instant> reinstated_at;

    // The earliest of the events that say so.
    static void keep_earliest(std::optional<core::Instant> &kept, core::Instant at) {
        kept = kept ? std::min(*kept, at) : at;
    }
};

class ReversalStore : public pg::Store<ReversalRow> {
  public:
    void load(const pg::Uuid &organization);
    // Those that name one of these charges, payment intents or invoices; returns their Stripe ids.
    std::vector<std::string> load_referring(const pg::Uuid &organization,
                                            const std::vector<std::string> &references);
    void flush(const pg::Uuid &organization);

  private:
    std::string read(const pg::Row &row);
};

} // namespace billing::revenue
