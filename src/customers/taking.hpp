// Locks on many customers at once, for the engine.
//
// Callers change one customer after another, in any order, in transactions of their own. Whoever
// waits for a customer while it holds another one may wait in a circle; so under NoWaiting nobody
// waits: a customer that is held by somebody else throws Busy, the caller undoes its savepoint and
// with it all of its locks, and then waits for that customer alone.
#pragma once

#include "pg/spi.hpp"

namespace billing::customers {

// Not an error: the savepoint is to be undone, and all done again once the customer is free.
class Busy : public std::exception {
  public:
    explicit Busy(const pg::Uuid &id) : customer(id) {}
    const char *what() const noexcept override { return "a customer is being changed"; }
    pg::Uuid customer;
};

// For a scope: take() throws Busy instead of waiting.
class NoWaiting {
  public:
    NoWaiting();
    ~NoWaiting();
    NoWaiting(const NoWaiting &) = delete;
    NoWaiting &operator=(const NoWaiting &) = delete;

  private:
    bool before_;
};

// These need an open Spi and run in a definer function, under EnginePlanning.

// The row as others may still refer to it, or such that its Stripe id or external id may change.
enum class Hold : uint8_t { row, keys };
// Holds those of the customers that exist until the transaction or savepoint ends.
void take(const pg::Uuid &organization, std::vector<pg::Uuid> customers, Hold hold = Hold::row);
// Those of them that nobody else holds, taken.
std::vector<pg::Uuid> take_free(const pg::Uuid &organization,
                                const std::vector<pg::Uuid> &customers);

// Waits until nobody else holds the customer, and holds it no longer than that.
void wait_for(const pg::Uuid &organization, const pg::Uuid &customer);

} // namespace billing::customers
