// Two rows that are one customer. Both functions need an open Spi, run in a definer function under
// EnginePlanning, and under the organization's lane.
#pragma once

#include "pg/spi.hpp"

#include <map>

namespace billing::customers {

// From the customer that goes to the one that stays.
struct Merge {
    pg::Uuid from;
    pg::Uuid to;
};

enum class MadeBy : uint8_t { link, hand };

// Archives `from` and points it to `to`. Where only `from` is known at Stripe, its id and what
// Stripe says of it become those of `to`; where both are, each Stripe id stays and names `to`.
// What hangs on `from` has to be moved by the caller. What was written here of `to` stands against
// any snapshot up to `at`.
void join_rows(const pg::Uuid &organization, const Merge &merge, core::Instant at, MadeBy by);

// Which Stripe customers name customers of ours: by uuid, or by an external id that was given here.
// An e-mail address names nobody.
class Links {
  public:
    // The first reference that names a customer counts.
    void name(const std::string &stripe_customer, std::vector<std::string> references,
              core::Instant at);
    // Makes each named customer and its Stripe customer one. What had a row of its own is joined to
    // the named one and given back: what hangs on it has to move.
    std::vector<Merge> settle(const pg::Uuid &organization);

  private:
    struct Named {
        std::string stripe_customer;
        std::vector<std::string> references;
        core::Instant at;
    };
    using Targets = std::map<std::string, pg::Uuid>; // by reference
    Targets find_targets(const pg::Uuid &organization) const;
    std::optional<Merge> link(const pg::Uuid &organization, const Named &named,
                              const Targets &targets) const;

    std::vector<Named> named_;
};

} // namespace billing::customers
