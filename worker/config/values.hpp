// From a setting's text to its value. Each answers what is wrong, or an empty string; the answers
// never quote the text, because it may be a secret that stands in the wrong place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace billing::worker::config {

std::string parse_address(std::string_view text, Address &address);
std::string parse_bounded(std::string_view text, std::int64_t low, std::int64_t high,
                          std::int64_t &value);
std::string parse_bounded_size(std::string_view text, std::int64_t low, std::int64_t high,
                               std::int64_t &value);
std::string parse_bounded_duration(std::string_view text, Milliseconds low, Milliseconds high,
                                   Milliseconds &value);

std::string check_database_url(std::string_view text);
std::string check_api_base(std::string_view text);
std::string check_api_version(std::string_view text);
std::string check_redis_url(std::string_view text);

bool has_blank(std::string_view text);

} // namespace billing::worker::config
