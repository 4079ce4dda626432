#include "stripe/shapes/node.hpp"

#include <limits>
#include <stdexcept>

namespace billing::stripe {
namespace {

constexpr int64_t kFirstSecond = -62'135'596'800; // 0001-01-01
constexpr int64_t kLastSecond = 253'402'300'799;  // 9999-12-31 23:59:59

[[noreturn]] void fail(ShapeCode code, const char *message, std::string_view key) {
    throw ShapeError(code, message, std::string(key));
}

// The exact value of a number or of a string that writes one.
core::Decimal decimal_of(Element element, std::string_view key, const char *expected) {
    int64_t number = 0;
    if (element.get(number) == simdjson::SUCCESS) {
        return core::Decimal::from_int(number);
    }
    std::string_view written;
    if (element.get(written) != simdjson::SUCCESS) {
        fail(ShapeCode::wrong_type, expected, key);
    }
    std::optional<core::Decimal> value;
    try {
        value = core::Decimal::parse(written);
    } catch (const std::overflow_error &) {
        fail(ShapeCode::out_of_range, "is too large a number", key);
    }
    if (!value) {
        fail(ShapeCode::wrong_type, expected, key);
    }
    return *value;
}

int64_t integer_of(Element element, std::string_view key) {
    int64_t number = 0;
    if (element.get(number) == simdjson::SUCCESS) {
        return number;
    }
    const __int128 scaled = decimal_of(element, key, "must be an integer").scaled();
    if (scaled % core::Decimal::kOne != 0) {
        fail(ShapeCode::wrong_type, "must be an integer", key);
    }
    const __int128 whole = scaled / core::Decimal::kOne;
    if (whole > std::numeric_limits<int64_t>::max() ||
        whole < std::numeric_limits<int64_t>::min()) {
        fail(ShapeCode::out_of_range, "is too large an integer", key);
    }
    return static_cast<int64_t>(whole);
}

} // namespace

Node Node::merged(Element below, Element above) {
    if (!below.is_object() || !above.is_object()) {
        return Node(above);
    }
    Node node(below);
    node.above_ = above;
    return node;
}

std::optional<Node> Node::find(std::string_view key) const {
    Element below;
    const bool in_below = element_.at_key(key).get(below) == simdjson::SUCCESS;
    if (above_) {
        Element above;
        if (above_->at_key(key).get(above) == simdjson::SUCCESS) {
            if (above.is_null()) {
                return std::nullopt;
            }
            return in_below ? merged(below, above) : Node(above);
        }
    }
    if (!in_below || below.is_null()) {
        return std::nullopt;
    }
    return Node(below);
}

bool Node::has(std::string_view key) const {
    return element_.at_key(key).error() == simdjson::SUCCESS ||
           (above_ && above_->at_key(key).error() == simdjson::SUCCESS);
}

std::string text(const Node &node, std::string_view key) {
    const std::optional<Node> found = node.find(key);
    if (!found) {
        return {};
    }
    std::string_view value;
    if (found->element().get(value) != simdjson::SUCCESS) {
        fail(ShapeCode::wrong_type, "must be a string", key);
    }
    return std::string(value);
}

std::string required_text(const Node &node, std::string_view key) {
    std::string value = text(node, key);
    if (value.empty()) {
        fail(ShapeCode::missing_field, "is missing", key);
    }
    return value;
}

std::string currency(const Node &node, std::string_view key) {
    std::string value = text(node, key);
    for (char &c : value) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return value;
}

std::string reference(const Node &node, std::string_view key) {
    const std::optional<Node> found = node.find(key);
    if (!found) {
        return {};
    }
    if (found->is_object()) {
        return within(key, [&] { return text(*found, "id"); });
    }
    std::string_view value;
    if (found->element().get(value) != simdjson::SUCCESS) {
        fail(ShapeCode::wrong_type, "must be an id or an object", key);
    }
    return std::string(value);
}

std::optional<bool> optional_flag(const Node &node, std::string_view key) {
    const std::optional<Node> found = node.find(key);
    if (!found) {
        return std::nullopt;
    }
    bool value = false;
    if (found->element().get(value) != simdjson::SUCCESS) {
        fail(ShapeCode::wrong_type, "must be true or false", key);
    }
    return value;
}

bool flag(const Node &node, std::string_view key, bool otherwise) {
    return optional_flag(node, key).value_or(otherwise);
}

std::optional<int64_t> integer(const Node &node, std::string_view key) {
    const std::optional<Node> found = node.find(key);
    if (!found) {
        return std::nullopt;
    }
    return integer_of(found->element(), key);
}

std::optional<int64_t> money(const Node &node, std::string_view key) {
    const std::optional<int64_t> value = integer(node, key);
    if (value && (*value > kMostMoney || *value < -kMostMoney)) {
        fail(ShapeCode::out_of_range, "is too large an amount", key);
    }
    return value;
}

int64_t required_money(const Node &node, std::string_view key) {
    const std::optional<int64_t> value = money(node, key);
    if (!value) {
        fail(ShapeCode::missing_field, "is missing", key);
    }
    return *value;
}

std::optional<int32_t> integer_between(const Node &node, std::string_view key, int32_t low,
                                       int32_t high) {
    const std::optional<int64_t> value = integer(node, key);
    if (!value) {
        return std::nullopt;
    }
    if (*value < low || *value > high) {
        throw ShapeError(ShapeCode::out_of_range,
                         "must be between " + std::to_string(low) + " and " + std::to_string(high),
                         std::string(key));
    }
    return static_cast<int32_t>(*value);
}

std::optional<core::Decimal> decimal(const Node &node, std::string_view key) {
    const std::optional<Node> found = node.find(key);
    if (!found) {
        return std::nullopt;
    }
    return decimal_of(found->element(), key, "must be a decimal number");
}

std::optional<core::Instant> instant(const Node &node, std::string_view key) {
    const std::optional<int64_t> seconds = integer(node, key);
    if (!seconds) {
        return std::nullopt;
    }
    if (*seconds < kFirstSecond || *seconds > kLastSecond) {
        fail(ShapeCode::out_of_range, "is no time in seconds between the years 1 and 9999", key);
    }
    return core::from_unix(*seconds);
}

core::Instant required_instant(const Node &node, std::string_view key) {
    const std::optional<core::Instant> value = instant(node, key);
    if (!value) {
        fail(ShapeCode::missing_field, "is missing", key);
    }
    return *value;
}

std::optional<Node> child(const Node &node, std::string_view key) {
    std::optional<Node> found = node.find(key);
    if (found && !found->is_object()) {
        fail(ShapeCode::wrong_type, "must be an object", key);
    }
    return found;
}

} // namespace billing::stripe
