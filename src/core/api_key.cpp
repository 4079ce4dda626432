#include "core/api_key.hpp"

#include <algorithm>

namespace billing::core {

namespace {

constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr uint64_t kBase = kAlphabet.size();

// CRC-32 as in zip and PNG: polynomial 0x04C11DB7, reflected; a byte at a time.
constexpr std::array<uint32_t, 256> crc_table() {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < table.size(); ++i) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
        }
        table[i] = crc;
    }
    return table;
}
constexpr std::array<uint32_t, 256> kCrcTable = crc_table();

uint32_t crc32(std::string_view text) {
    uint32_t crc = 0xffffffff;
    for (const char c : text) {
        crc = crc >> 8 ^ kCrcTable[(crc ^ static_cast<uint8_t>(c)) & 0xff];
    }
    return ~crc;
}

bool is_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The highest digit first; 62^6 is more than 2^32.
std::string checksum_of(std::string_view text) {
    std::string out(kApiKeyChecksum, kAlphabet[0]);
    uint64_t rest = crc32(text);
    for (size_t i = out.size(); i-- > 0; rest /= kBase) {
        out[i] = kAlphabet[rest % kBase];
    }
    return out;
}

} // namespace

std::string make_api_key(std::span<const uint64_t, kApiKeyRandom> random) {
    std::string key(kApiKeyMark);
    for (const uint64_t word : random) {
        key += kAlphabet[word % kBase];
    }
    return key + checksum_of(key);
}

bool is_api_key(std::string_view text) {
    if (text.size() != kApiKeyLength || !text.starts_with(kApiKeyMark)) {
        return false;
    }
    if (!std::all_of(text.begin() + kApiKeyMark.size(), text.end(), is_digit)) {
        return false;
    }
    const size_t body = text.size() - kApiKeyChecksum;
    return text.substr(body) == checksum_of(text.substr(0, body));
}

std::string_view api_key_prefix(std::string_view key) {
    return key.substr(0, kApiKeyPrefix);
}

bool equal_digests(const ApiKeyDigest &one, const ApiKeyDigest &other) {
    unsigned difference = 0;
    for (size_t i = 0; i < one.size(); ++i) {
        difference |= static_cast<unsigned>(one[i] ^ other[i]);
    }
    return difference == 0;
}

} // namespace billing::core
