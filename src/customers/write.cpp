#include "customers/write.hpp"

#include "customers/deferred.hpp"
#include "pg/planning.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"

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

namespace {

void require_changeable(const Customer &customer, const Seen &seen) {
    if (customer.merged_into) {
        throw merged_elsewhere("customer_id");
    }
    require_unchanged(customer, seen);
}

} // namespace

Customer update(const pg::Uuid &id, const Fields &fields, const Seen &seen) {
    const pg::EnginePlanning planning;
    const pg::Uuid organization = current_organization();
    // Another external id takes the row as if it were deleted, and may pass on to other customers.
    // The engine holds rows of either kind while it asks for more, so the lane comes first.
    if (fields.external_id) {
        (void)tenancy::lock_lane(organization);
    }
    const Customer before = lock_customer(organization, id, "customer_id");
    require_changeable(before, seen);
    return change_customer(before, fields);
}

Customer defer_update(const pg::Uuid &id, const Fields &fields, const Seen &seen) {
    const pg::EnginePlanning planning;
    const pg::Uuid organization = current_organization();
    const Customer before = read_customer(organization, id, "customer_id");
    require_changeable(before, seen);
    defer({organization, id, fields.external_id.has_value(),
           [id, fields, seen] { (void)update(id, fields, seen); }});
    return changed_customer(before, fields);
}

void require_unchanged(const Customer &customer, const Seen &seen) {
    if (seen.updated_at && customer.updated_at != seen.updated_at) {
        throw pg::Error(pg::Code::conflict, "the customer was changed meanwhile")
            .field(seen.field, "is another one by now")
            .hint("Read the customer again and decide anew.");
    }
}

} // namespace billing::customers
