// How callers name customers. All need an open Spi and run in a definer function.
#pragma once

#include "pg/spi.hpp"

#include <map>

namespace billing::customers {

// Our uuid, else a Stripe id (cus_...), else an external id. The Stripe and external ids of a
// customer that was merged name the one it became; its uuid still names it.
std::optional<pg::Uuid> find_customer(const pg::Uuid &organization, const std::string &reference,
                                      pg::Access access);
// Those of many references that name a customer, in three statements.
std::map<std::string, pg::Uuid> find_customers(const pg::Uuid &organization,
                                               const std::vector<std::string> &references,
                                               pg::Access access);
// As find_customer(); throws not_found.
pg::Uuid get_customer(const pg::Uuid &organization, const std::string &reference,
                      pg::Access access);
bool customer_exists(const pg::Uuid &organization, const pg::Uuid &customer, pg::Access access);

// The error for a customer that is not there; `field` is the argument that names it.
pg::Error no_such_customer(std::string_view field);

} // namespace billing::customers
