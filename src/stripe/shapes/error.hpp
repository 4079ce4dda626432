// The one error of this room: a payload that cannot be read, and where.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace billing::stripe {

enum class ShapeCode : uint8_t { invalid_json, missing_field, wrong_type, out_of_range };

// "invalid_json", "missing_field", "wrong_type", "out_of_range".
std::string_view name_of(ShapeCode code);

// what() is one line, lower-case, without a full stop, and names the field; it never quotes more of
// the payload than a short word.
class ShapeError : public std::exception {
  public:
    // `message` follows the field: "must be an integer". For invalid_json the field is empty.
    ShapeError(ShapeCode code, std::string message, std::string field);

    const char *what() const noexcept override { return what_.c_str(); }
    ShapeCode code() const { return code_; }
    // The path inside the object: "items.data[2].price.unit_amount_decimal".
    const std::string &field() const { return field_; }
    // Puts the path of the enclosing object in front while the error travels outwards.
    void prepend(std::string_view parent);

  private:
    void compose();

    ShapeCode code_;
    std::string message_;
    std::string field_;
    std::string what_;
};

} // namespace billing::stripe
