// Fingerprints of whole JSON values: what orders two events of one second about one object.
//
// A value's fingerprint ignores white space and the order of keys, and takes a key whose value is
// null as absent. That of an object is a sum over its keys, so the one before a change follows from
// the one after it and previous_attributes.
#pragma once

#include "stripe/shapes/json.hpp"

#include <cstdint>
#include <optional>

namespace billing::stripe {

uint64_t object_fingerprint(Element object);
// Empty where previous_attributes is absent or no object.
std::optional<uint64_t> previous_fingerprint(Element object,
                                             std::optional<Element> previous_attributes);

} // namespace billing::stripe
