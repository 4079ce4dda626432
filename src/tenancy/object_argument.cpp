#include "tenancy/object_argument.hpp"

#include "stripe/shapes/error.hpp"

namespace billing::tenancy {

simdjson::dom::object object_argument(stripe::JsonReader &json, const std::string &text,
                                      std::string_view argument) {
    try {
        simdjson::dom::object object;
        if (json.parse(text).get(object) == simdjson::SUCCESS) {
            return object;
        }
    } catch (const stripe::ShapeError &) {
    }
    throw pg::invalid(argument, "must be a JSON object");
}

} // namespace billing::tenancy
