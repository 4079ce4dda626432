// How callers name customers. All need an open Spi and run in a definer function.
#pragma once

#include "pg/spi.hpp"

namespace billing::entitlements {

// Our uuid, else a Stripe id (cus_...), else an external id.
std::optional<pg::Uuid> find_customer(const pg::Uuid &organization, const std::string &reference,
                                      pg::Access access);
// The same; throws not_found.
pg::Uuid get_customer(const pg::Uuid &organization, const std::string &reference,
                      pg::Access access);
bool customer_exists(const pg::Uuid &organization, const pg::Uuid &customer, pg::Access access);

} // namespace billing::entitlements
