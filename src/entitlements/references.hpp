// How callers of this room name customers.
#pragma once

#include "customers/references.hpp"

namespace billing::entitlements {

using customers::customer_exists;
using customers::find_customer;
using customers::find_customers;
using customers::get_customer;

} // namespace billing::entitlements
