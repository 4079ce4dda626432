// The products that a batch of events touches.
#pragma once

#include "core/objects.hpp"
#include "pg/store.hpp"

namespace billing::catalog {

struct ProductRow : pg::StoredRow {
    std::string name;
    bool active = true;
    std::string metadata = "{}";
    std::optional<core::Instant> created_at;
    std::optional<core::Instant> updated_at;
    std::optional<core::Instant> deleted_at;

    void assign(const core::ProductFacts &facts);
};

class ProductStore : public pg::Store<ProductRow> {
  public:
    void load(const pg::Uuid &organization);
    void flush(const pg::Uuid &organization);
};

} // namespace billing::catalog
