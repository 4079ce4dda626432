// What the functions and the routes of the view customers share: from checked fields to the row.
// All need an open Spi and run in a definer function.
#pragma once

#include "customers/customer.hpp"

namespace billing::customers {

// Throws conflict naming external_id where it is taken.
Customer create(const Fields &fields);
// Inserts, or changes what is given, by external id.
Customer ensure(const Fields &fields);
// Throws not_found, and conflict where the row was changed since `expected`.
Customer update(const pg::Uuid &id, const Fields &fields, std::optional<core::Instant> expected);

} // namespace billing::customers
