// The invoices that a batch of events touches.
#pragma once

#include "core/objects.hpp"
#include "pg/store.hpp"

namespace billing::revenue {

struct InvoiceRow : pg::StoredRow {
    core::InvoiceFacts facts;
    std::optional<pg::Uuid> customer_id;
    std::optional<pg::Uuid> subscription_id;
    std::optional<core::Instant> updated_at;
    std::optional<core::Instant> deleted_at;

    void assign(const core::InvoiceFacts &next);
};

class InvoiceStore : public pg::Store<InvoiceRow> {
  public:
    void load(const pg::Uuid &organization);
    void flush(const pg::Uuid &organization);
};

} // namespace billing::revenue
