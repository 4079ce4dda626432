#include "stripe/shapes/fingerprint.hpp"

#include "stripe/shapes/hash.hpp"

namespace billing::stripe {
namespace {

enum Kind : uint64_t { kNothing = 1, kFalse, kTrue, kNumber, kText, kList, kObject };

uint64_t canonical(Element value);
uint64_t canonical_merged(Element below, Element above);

// What a key adds to its object's sum; nothing where its value is null.
uint64_t term(std::string_view key, Element value) {
    return value.is_null() ? 0 : Hash(canonical(value)).add(key).value();
}

uint64_t merged_term(std::string_view key, Element below, Element above) {
    return above.is_null() ? 0 : Hash(canonical_merged(below, above)).add(key).value();
}

uint64_t sum_of(simdjson::dom::object object) {
    uint64_t sum = 0;
    for (const simdjson::dom::key_value_pair field : object) {
        sum += term(field.key, field.value);
    }
    return sum;
}

// The sum once `above` is laid over `below`, as a Node merges them.
uint64_t merged_sum(simdjson::dom::object below, simdjson::dom::object above) {
    uint64_t sum = sum_of(below);
    for (const simdjson::dom::key_value_pair field : above) {
        Element old;
        if (below.at_key(field.key).get(old) == simdjson::SUCCESS) {
            sum += merged_term(field.key, old, field.value) - term(field.key, old);
        } else {
            sum += term(field.key, field.value);
        }
    }
    return sum;
}

uint64_t canonical(Element value) {
    switch (value.type()) {
    case simdjson::dom::element_type::ARRAY: {
        Hash hash(kList);
        for (const Element item : simdjson::dom::array(value)) {
            hash.add(canonical(item));
        }
        return hash.value();
    }
    case simdjson::dom::element_type::OBJECT:
        return Hash(kObject).add(sum_of(simdjson::dom::object(value))).value();
    case simdjson::dom::element_type::STRING:
        return Hash(kText).add(std::string_view(value)).value();
    case simdjson::dom::element_type::BOOL:
        return Hash(bool(value) ? kTrue : kFalse).value();
    case simdjson::dom::element_type::INT64:
        return Hash(kNumber).add(static_cast<uint64_t>(int64_t(value))).value();
    default:
        // Null. JsonReader gives no other numbers: they are strings.
        return Hash(kNothing).value();
    }
}

uint64_t canonical_merged(Element below, Element above) {
    simdjson::dom::object old;
    simdjson::dom::object laid;
    if (below.get(old) == simdjson::SUCCESS && above.get(laid) == simdjson::SUCCESS) {
        return Hash(kObject).add(merged_sum(old, laid)).value();
    }
    return canonical(above);
}

} // namespace

uint64_t object_fingerprint(Element object) {
    return canonical(object);
}

std::optional<uint64_t> previous_fingerprint(Element object,
                                             std::optional<Element> previous_attributes) {
    if (!object.is_object() || !previous_attributes || !previous_attributes->is_object()) {
        return std::nullopt;
    }
    return canonical_merged(object, *previous_attributes);
}

} // namespace billing::stripe
