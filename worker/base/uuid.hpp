// A UUID as its 16 bytes: parsed from and written as the usual 36 characters.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::worker {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid &) const = default;
};

// Only the form with hyphens (either case); nothing for anything else.
std::optional<Uuid> parse_uuid(std::string_view text);
std::string to_string(const Uuid &uuid);

} // namespace billing::worker
