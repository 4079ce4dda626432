#include "customers/write.hpp"

#include "pg/planning.hpp"
#include "settings.hpp"

namespace billing::customers {

Customer create(const Fields &fields) {
    const pg::EnginePlanning planning;
    auto made = offer_customer(current_organization(), fields);
    if (!made) {
        throw external_id_taken();
    }
    return *made;
}

Customer ensure(const Fields &fields) {
    const pg::EnginePlanning planning;
    const pg::Uuid organization = current_organization();
    Fields changes = fields;
    changes.external_id.reset();
    for (;;) {
        if (const auto found = lock_by_external_id(organization, *fields.external_id)) {
            return change_customer(*found, changes);
        }
        if (auto made = offer_customer(organization, fields)) {
            return *made;
        }
    }
}

Customer update(const pg::Uuid &id, const Fields &fields, std::optional<core::Instant> expected) {
    const pg::EnginePlanning planning;
    const Customer before = lock_customer(current_organization(), id, "customer_id");
    if (expected && before.updated_at != expected) {
        throw pg::Error(pg::Code::conflict, "the customer was changed meanwhile")
            .field("expected_updated_at", "is not its updated_at any more")
            .hint("Read the customer again and decide anew.");
    }
    return change_customer(before, fields);
}

} // namespace billing::customers
