// A 64-bit hash of small values, for fingerprints that are stored: its definition never changes and
// is the same on every machine. Not for anything that an adversary must not collide.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace billing::stripe {

// Both halves of the 128-bit product: every bit of either factor reaches every bit of the result.
inline uint64_t fold(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

class Hash {
  public:
    constexpr explicit Hash(uint64_t seed = 0) : state_(seed ^ kStart) {}

    Hash &add(uint64_t word) {
        state_ = fold(state_ ^ kLeft, word ^ kRight) + kStep;
        return *this;
    }

    Hash &add(std::string_view bytes) {
        add(static_cast<uint64_t>(bytes.size()));
        for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
            add(word_at(bytes, 8));
        }
        return bytes.empty() ? *this : add(word_at(bytes, bytes.size()));
    }

    uint64_t value() const { return fold(state_ ^ kRight, kLeft); }

  private:
    static constexpr uint64_t kStart = 0x243f6a8885a308d3; // digits of pi
    static constexpr uint64_t kLeft = 0x13198a2e03707345;
    static constexpr uint64_t kRight = 0xa4093822299f31d1;
    static constexpr uint64_t kStep = 0x082efa98ec4e6c89;

    // Little-endian, the missing bytes zero.
    static uint64_t word_at(std::string_view bytes, size_t count) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data(), count);
        if constexpr (std::endian::native == std::endian::big) {
            word = __builtin_bswap64(word);
        }
        return word;
    }

    uint64_t state_;
};

} // namespace billing::stripe
