// The scopes of a request as words, as bits, and as an SQL array.
//
// admin is everything, write includes read; usage stands alone. A member may read, write and track
// usage; an owner and an admin may do everything, and an owner alone makes and removes owners.
#pragma once

#include "pg/values.hpp"

#include <vector>

namespace billing::tenancy {

// What an array of scopes allows; runs inside pg::call. Unknown words allow nothing.
uint8_t scopes_of_array(Datum array);

// The words, each once, in the order read, write, usage, admin. Throws validation_failed for an
// unknown one, for NULL, and for none at all.
std::vector<std::string> checked_scopes(Datum array);

// Owner, admin or member, by the first letter.
uint8_t scopes_of_role(char first_letter);

} // namespace billing::tenancy
