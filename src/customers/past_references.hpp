// Whom a reference named at an earlier instant, and what was this customer's then: customers that
// became one since had each their own. Needs an open Spi in a definer function.
#pragma once

#include "core/instant.hpp"
#include "pg/spi.hpp"

namespace billing::customers {

// Of what customers who became one have now, what was one of these customers' at first; empty: all.
using Firsts = std::optional<std::vector<pg::Uuid>>;

// Where what a customer had is kept now.
struct Whose {
    pg::Uuid customer; // of that time
    pg::Uuid kept_by;  // the customer that it became, or itself
    // Whose things were this customer's by then; empty: all that kept_by has, as nobody was merged.
    Firsts firsts;
    // As it stood until it was merged, where that was later.
    bool merged_since = false;
    std::optional<core::Instant> archived_at;
    // When it was made, where another one was merged with it since.
    std::optional<core::Instant> created_at;
};

// As an array, or NULL.
void append_firsts(pg::Params &params, const Firsts &firsts);

std::optional<Whose> find_past_customer(const pg::Uuid &organization, const std::string &reference,
                                        core::Instant at, pg::Access access);

} // namespace billing::customers
