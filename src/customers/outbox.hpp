// Changes of customers on their way to Stripe.
//
// A row is written in the transaction of the change, complete: whoever sends it needs no other
// table. A change joins the pending row of its customer, if there is one; a row that was tried
// keeps its payload, so that a repeated attempt says the same under the same key. The caller holds
// the lock of the customer's row, or has just made it.
#pragma once

#include "customers/customer.hpp"

namespace billing::customers {

void send_new(const Customer &made);
void send_change(const Customer &before, const Customer &after);

} // namespace billing::customers
