// API keys as text: `pgb_`, 51 base62 characters at random, 6 of checksum.
//
//   pgb_Ab3dEf9h............................................c0ffee
//   |-- prefix --|------- secret: 43 characters --------||-- crc --|
//
// The first 12 characters are the prefix: shown in lists and logs, and what a key is looked up by.
// The other 43 hold 256 bits that nobody else knows. The checksum is the CRC-32 of all before it,
// so that a scanner of code can tell a key from a chance match without asking. Only the SHA-256 of
// a key is ever stored; it is computed outside, by what each side has: the server's own in the
// extension, libcrypto in the worker.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace billing::core {

inline constexpr std::string_view kApiKeyMark = "pgb_";
inline constexpr size_t kApiKeyRandom = 51;
inline constexpr size_t kApiKeyChecksum = 6;
inline constexpr size_t kApiKeyPrefix = 12;
inline constexpr size_t kApiKeyLength = kApiKeyMark.size() + kApiKeyRandom + kApiKeyChecksum;

using ApiKeyDigest = std::array<uint8_t, 32>; // SHA-256

// A key of random words: each character takes 64 bits of them, so none is likelier than another by
// more than 2^-58.
std::string make_api_key(std::span<const uint64_t, kApiKeyRandom> random);

// Whether a text has the form of a key, the right checksum included.
bool is_api_key(std::string_view text);

// What a key is looked up by; the whole of a text that is shorter.
std::string_view api_key_prefix(std::string_view key);

// In the same time, wherever they differ.
bool equal_digests(const ApiKeyDigest &one, const ApiKeyDigest &other);

} // namespace billing::core
