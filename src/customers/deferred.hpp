// What a statement on the view customers is to do, kept until it has seen all of its rows.
//
// Its rows come in the executor's order, which is any. Two statements that locked theirs as they
// come would wait for each other; so a row trigger checks and answers its row without a lock, and
// the statement's end does everything under locks that it takes at once, in the order of ids.
#pragma once

#include "pg/spi.hpp"

#include <functional>

namespace billing::customers {

struct Deferred {
    pg::Uuid organization;
    pg::Uuid customer;
    bool needs_lane = false;
    std::function<void()> act; // needs an open Spi, under EnginePlanning
};

// Kept for the end of the statement; forgotten where the statement or the subtransaction fails.
void defer(Deferred what);

// Does what was deferred. Needs an open Spi.
void do_deferred();

} // namespace billing::customers
