#include "stripe/shapes/error.hpp"

#include <utility>

namespace billing::stripe {

std::string_view name_of(ShapeCode code) {
    switch (code) {
    case ShapeCode::invalid_json:
        return "invalid_json";
    case ShapeCode::missing_field:
        return "missing_field";
    case ShapeCode::wrong_type:
        return "wrong_type";
    case ShapeCode::out_of_range:
        break;
    }
    return "out_of_range";
}

ShapeError::ShapeError(ShapeCode code, std::string message, std::string field)
    : code_(code), message_(std::move(message)), field_(std::move(field)) {
    compose();
}

void ShapeError::prepend(std::string_view parent) {
    if (parent.empty()) {
        return;
    }
    std::string path(parent);
    if (!field_.empty() && field_.front() != '[') {
        path += '.';
    }
    field_ = path + field_;
    compose();
}

void ShapeError::compose() {
    what_ = field_.empty() ? message_ : field_ + ' ' + message_;
}

} // namespace billing::stripe
