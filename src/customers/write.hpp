// What the functions and the routes of the view customers share: from checked fields to the row.
// All need an open Spi and run in a definer function.
#pragma once

#include "customers/customer.hpp"

namespace billing::customers {

// The updated_at that the caller has seen, where that matters, and the field that says so.
struct Seen {
    std::optional<core::Instant> updated_at;
    std::string_view field;
};

// Throws conflict naming external_id where it is taken.
Customer create(const Fields &fields);
// Inserts, or changes what is given, by external id.
Customer ensure(const Fields &fields);
// Throws not_found, and conflict where the row was changed since it was seen, or was merged.
Customer update(const pg::Uuid &id, const Fields &fields, const Seen &seen);

// The same at the end of the statement, and what it will make of the customer as it stands.
Customer defer_update(const pg::Uuid &id, const Fields &fields, const Seen &seen);

// Throws conflict unless it is as it was seen.
void require_unchanged(const Customer &customer, const Seen &seen);

} // namespace billing::customers
