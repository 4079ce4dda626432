// Pages of customers, newest first: by created_at, then by id. One whose creation is not known yet
// (Stripe told its id alone) comes before all others.
//
// Every combination of filters has a statement of its own, so that each finds its page in the one
// index that fits it (tables.sql), whatever the number of customers.
#pragma once

#include "customers/customer.hpp"

namespace billing::customers {

enum class Standing : uint8_t { active, archived, all, paying, trialing, past_due, churned };
std::optional<Standing> standing_from(std::string_view word);

// A place in the list: behind this customer.
struct Cursor {
    pg::Uuid id;
    std::optional<core::Instant> created_at;
};

struct PageRequest {
    pg::Uuid organization;
    Standing standing = Standing::active;
    std::optional<std::string> email;
    std::optional<core::Instant> created_from; // [from, to)
    std::optional<core::Instant> created_to;
    int64_t size = 50;
    int64_t offset = 0;
    std::optional<Cursor> after;
};

// All need an open Spi and run in a definer function, under EnginePlanning.
std::vector<Customer> page_of(const PageRequest &request);
int64_t count_of(const PageRequest &request);
std::optional<Cursor> cursor_of(const pg::Uuid &organization, const pg::Uuid &customer);

} // namespace billing::customers
