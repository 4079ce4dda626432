// How settings are shown to people: secrets never.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/definitions.hpp"
#include "config/load.hpp"

namespace billing::worker::config {

std::string show(const Definition &definition, std::string_view value);
std::string show_secrets(std::size_t count);

// What check-config prints: lines for people, or one JSON object.
std::string report_text(const Loaded &loaded);
std::string report_json(const Loaded &loaded);

} // namespace billing::worker::config
