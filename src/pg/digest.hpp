// SHA-256 and randomness, by what the server has.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace billing::pg {

std::array<uint8_t, 32> sha256(std::string_view bytes);

// Fills with bytes that nobody can foresee.
void fill_random(std::span<uint8_t> out);

} // namespace billing::pg
