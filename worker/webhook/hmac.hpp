// HMAC-SHA256 by OpenSSL, with one context for each thread that is used again and again.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace billing::worker::webhook {

using Digest = std::array<std::uint8_t, 32>;

// Over the parts as if they were one text. Throws if libcrypto cannot work at all.
Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);

} // namespace billing::worker::webhook
