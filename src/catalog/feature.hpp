// The features of a catalogue: what can be granted.
#pragma once

#include "pg/spi.hpp"

namespace billing::catalog {

enum class Kind : uint8_t { boolean, metered, static_value };
std::optional<Kind> kind_from(std::string_view name);
std::string_view name_of(Kind kind);

// Whether a key can be one of a feature: it stands in URLs, policies and code.
inline constexpr const char *kKeyRule =
    "must have 1 to 100 of the characters a-z, A-Z, 0-9, _ - . :";
bool is_feature_key(std::string_view key);

struct Feature {
    pg::Uuid id;
    Kind kind = Kind::boolean;
};
// These need an open Spi and run in a definer function.
std::optional<Feature> find_feature(const pg::Uuid &organization, const std::string &key,
                                    pg::Access access);
// Throws not_found.
Feature get_feature(const pg::Uuid &organization, const std::string &key, pg::Access access);

// Makes boolean features of those keys that are not there, each with its name.
void ensure_features(const pg::Uuid &organization, const std::vector<std::string> &keys,
                     const std::vector<std::string> &names, core::Instant now);

} // namespace billing::catalog
