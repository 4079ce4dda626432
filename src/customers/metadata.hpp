// A customer's own keys and values.
//
// Stripe allows 50 keys of 40 characters with texts of 500; two of the 50 are ours, by which the
// customer at Stripe names this one. What is kept may also be a number or a truth, which Stripe
// gives back as text.
#pragma once

#include "pg/field_errors.hpp"
#include "pg/spi.hpp"

#include <map>

namespace billing::customers {

struct Scalar {
    std::string json;  // as jsonb writes it; null in a patch removes the key
    std::string plain; // as Stripe has it
    bool removes() const { return json == "null"; }
};
using Metadata = std::map<std::string, Scalar>;

// The keys of an object; needs an open Spi. What no metadata can hold is added to the errors, each
// under metadata.<key>.
Metadata read_metadata(Datum jsonb, pg::FieldErrors &errors);
// Whatever is stored, unchecked.
Metadata stored_metadata(const std::string &json);

// RFC 7386 over flat objects.
Metadata merged(Metadata below, const Metadata &patch);
std::string json_of(const Metadata &metadata);
// Adds an error where the whole is too large.
void check_size(const Metadata &metadata, pg::FieldErrors &errors);

// Stripe's parameters that bring one to the other: every text that is new or another, and an empty
// one for a key that is gone.
std::map<std::string, std::string> stripe_changes(const Metadata &from, const Metadata &to);

} // namespace billing::customers
