// A JSON value to read fields from, and the value as it was before a change.
//
// A node is an element, or an object with another one laid over it: what the other one has wins,
// objects in both are merged, null removes. The readers work on nodes, so that the state before an
// event is read by the same code as the state after it. Nodes point into a JsonReader's buffers.
//
// The functions below read one field. A field that is absent or null gives the default; one that
// cannot be what it should be throws a ShapeError naming the key. Enclosing readers put their own
// path in front with within().
#pragma once

#include "core/decimal.hpp"
#include "core/instant.hpp"
#include "stripe/shapes/error.hpp"
#include "stripe/shapes/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::stripe {

inline constexpr int64_t kMostMoney = 100'000'000'000'000'000;

class Node {
  public:
    explicit Node(Element element) : element_(element) {}
    static Node merged(Element below, Element above);

    // Empty where the key is absent or null.
    std::optional<Node> find(std::string_view key) const;
    // True also where the key's value is null.
    bool has(std::string_view key) const;
    bool is_object() const { return element_.is_object(); }
    bool is_array() const { return element_.is_array(); }
    bool is_string() const { return element_.is_string(); }
    // The element, or the lower one of two.
    Element element() const { return element_; }
    const std::optional<Element> &above() const { return above_; }

  private:
    Element element_;
    std::optional<Element> above_; // set only where both are objects
};

std::string text(const Node &node, std::string_view key);
std::string required_text(const Node &node, std::string_view key);
// Lower-case; currencies have been sent in both cases.
std::string currency(const Node &node, std::string_view key = "currency");
// The id of a reference: the text itself, or the id of the expanded object.
std::string reference(const Node &node, std::string_view key);
bool flag(const Node &node, std::string_view key, bool otherwise);
std::optional<bool> optional_flag(const Node &node, std::string_view key);
// An integer, also one that is written as a string or as 5.0.
std::optional<int64_t> integer(const Node &node, std::string_view key);
// An amount of money in minor units: an integer of at most kMostMoney either way, so that sums and
// differences of some of them cannot overflow.
std::optional<int64_t> money(const Node &node, std::string_view key);
int64_t required_money(const Node &node, std::string_view key);
std::optional<int32_t> integer_between(const Node &node, std::string_view key, int32_t low,
                                       int32_t high);
std::optional<core::Decimal> decimal(const Node &node, std::string_view key);
// Whole seconds since 1970, from the year 1 to 9999.
std::optional<core::Instant> instant(const Node &node, std::string_view key);
core::Instant required_instant(const Node &node, std::string_view key);
// An object under the key.
std::optional<Node> child(const Node &node, std::string_view key);

// Calls read() and puts `path` in front of the field of an error.
template <typename Read>
auto within(std::string_view path, Read read) {
    try {
        return read();
    } catch (ShapeError &error) {
        error.prepend(path);
        throw;
    }
}

// Calls each(node, index) for the elements of an array, or of a Stripe list object {data: [...]}.
// Returns false where the key is absent or null.
template <typename Each>
bool for_each(const Node &node, std::string_view key, Each each) {
    const std::optional<Node> found = node.find(key);
    if (!found) {
        return false;
    }
    if (found->is_object()) {
        return within(key, [&] { return for_each(*found, "data", each); });
    }
    simdjson::dom::array array;
    if (found->element().get(array) != simdjson::SUCCESS) {
        throw ShapeError(ShapeCode::wrong_type, "must be a list", std::string(key));
    }
    size_t index = 0;
    for (const Element element : array) {
        try {
            each(Node(element), index);
        } catch (ShapeError &error) {
            error.prepend(std::string(key) + '[' + std::to_string(index) + ']');
            throw;
        }
        ++index;
    }
    return true;
}

} // namespace billing::stripe
