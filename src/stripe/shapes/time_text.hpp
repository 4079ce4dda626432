// Times as thin events write them.
#pragma once

#include "core/instant.hpp"

#include <optional>
#include <string_view>

namespace billing::stripe {

// "2026-06-24T09:30:00Z" or with a fraction, of which microseconds are kept; always UTC. Empty
// where the text is anything else.
std::optional<core::Instant> parse_utc(std::string_view text);

} // namespace billing::stripe
