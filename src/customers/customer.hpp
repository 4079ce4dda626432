// One customer as callers see it and write it.
//
// All functions need an open Spi and run in a definer function, under EnginePlanning. Whoever
// changes a customer holds its row's lock (lock_customer) until the transaction ends; what apply
// writes of the same row waits for it.
#pragma once

#include "customers/fields.hpp"
#include "pg/function.hpp"

namespace billing::customers {

struct Customer {
    pg::Uuid organization;
    pg::Uuid id;
    std::string external_id;
    std::string stripe_id;
    std::string email;
    std::string name;
    std::string metadata = "{}"; // as jsonb writes it
    std::string currency;
    std::string stripe_status;
    std::string stripe_error;
    std::optional<core::Instant> created_at;
    std::optional<core::Instant> updated_at;
    std::optional<core::Instant> archived_at;
    std::optional<pg::Uuid> merged_into;
    bool deleted_at_stripe = false;

    // The columns of the view customers.
    pg::TupleBuilder columns() const;
};

// The columns that customer_of() reads, of billing_internal.customers AS c.
inline constexpr char kCustomerColumns[] =
    "c.organization_id, c.id, c.external_id, c.stripe_customer_id, c.email, c.name, c.metadata, "
    "c.currency, c.stripe_status, c.stripe_error, c.created_at, c.updated_at, c.archived_at, "
    "c.merged_into, c.deleted_at IS NOT NULL";
Customer customer_of(const pg::Row &row);

// The errors for an external id that somebody has, and for a customer that became another one.
pg::Error external_id_taken();
pg::Error merged_elsewhere(std::string_view field);

// Locked until the transaction ends; throws not_found naming `field`.
Customer lock_customer(const pg::Uuid &organization, const pg::Uuid &id, std::string_view field);
// As it stands, without a lock.
Customer read_customer(const pg::Uuid &organization, const pg::Uuid &id, std::string_view field);
// Locked, following a merge; empty where nobody has the external id.
std::optional<Customer> lock_by_external_id(const pg::Uuid &organization,
                                            const std::string &external_id);

// Writes a new customer and its outbox row; nothing where the external id is taken.
std::optional<Customer> offer_customer(const pg::Uuid &organization, const Fields &fields);
// What change_customer() makes of a customer.
Customer changed_customer(const Customer &before, const Fields &fields);
// Changes a locked customer, with an outbox row; where nothing is another, nothing is written.
Customer change_customer(const Customer &before, const Fields &fields);

} // namespace billing::customers
