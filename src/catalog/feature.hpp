// The features of a catalogue: what can be granted.
#pragma once

#include "pg/spi.hpp"

namespace billing::catalog {

enum class Kind : uint8_t { boolean, metered, static_value };
std::optional<Kind> kind_from(std::string_view name);
std::string_view name_of(Kind kind);

struct Feature {
    pg::Uuid id;
    Kind kind = Kind::boolean;
};
// These need an open Spi and run in a definer function.
std::optional<Feature> find_feature(const pg::Uuid &organization, const std::string &key,
                                    pg::Access access);
// Throws not_found.
Feature get_feature(const pg::Uuid &organization, const std::string &key, pg::Access access);

} // namespace billing::catalog
