// What callers may write of a customer, checked.
#pragma once

#include "customers/metadata.hpp"

namespace billing::customers {

// What is absent stays. An empty text takes the value away.
struct Fields {
    std::optional<std::string> email;
    std::optional<std::string> name;
    std::optional<std::string> external_id;
    std::optional<Metadata> metadata;
    bool replaces_metadata = false; // else the given keys are merged into what is there

    bool empty() const { return !email && !name && !external_id && !metadata; }
};

// These check a value, and add an error or set the field, an e-mail address in lower case.
// Metadata needs an open Spi.
void set_email(Fields &fields, const std::string &value, pg::FieldErrors &errors);
void set_name(Fields &fields, const std::string &value, pg::FieldErrors &errors);
void set_external_id(Fields &fields, const std::string &value, pg::FieldErrors &errors);
void set_metadata(Fields &fields, Datum jsonb, pg::FieldErrors &errors);

// A JSON merge patch over the four; another key, or another type, is an error.
Fields read_patch(Datum jsonb, pg::FieldErrors &errors);

} // namespace billing::customers
