// A JSON object that a caller hands in.
#pragma once

#include "pg/error.hpp"
#include "stripe/shapes/json.hpp"

namespace billing::tenancy {

// Valid until the reader's next parse(). Throws validation_failed naming the argument for anything
// else, also for what is nested more deeply than the reader goes.
simdjson::dom::object object_argument(stripe::JsonReader &json, const std::string &text,
                                      std::string_view argument);

} // namespace billing::tenancy
