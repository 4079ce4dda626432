#include "core/api_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace billing::core {
namespace {

// 0, 1, 2, ... 50: the alphabet from its start.
std::array<uint64_t, kApiKeyRandom> counting() {
    std::array<uint64_t, kApiKeyRandom> words{};
    for (size_t i = 0; i < words.size(); ++i) {
        words[i] = i;
    }
    return words;
}

// The checksum by Python: zlib.crc32(b"pgb_0123...no") = 157233094, in base62 0AdjVe.
constexpr std::string_view kCounting =
    "pgb_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno0AdjVe";

TEST(ApiKey, IsMarkRandomAndChecksum) {
    EXPECT_EQ(make_api_key(counting()), kCounting);
    EXPECT_EQ(kCounting.size(), kApiKeyLength);
    EXPECT_EQ(kApiKeyLength, 61U);
}

TEST(ApiKey, WordsBeyondTheAlphabetWrapAround) {
    auto words = counting();
    words[0] = 62;
    words[1] = 62 * 1'000'000'007ULL + 1;
    EXPECT_EQ(make_api_key(words), kCounting);
}

TEST(ApiKey, HasItsOwnForm) {
    EXPECT_TRUE(is_api_key(kCounting));
    EXPECT_TRUE(is_api_key(make_api_key(std::array<uint64_t, kApiKeyRandom>{})));
}

TEST(ApiKey, AnyChangedCharacterIsSeen) {
    for (size_t i = 0; i < kCounting.size(); ++i) {
        std::string changed(kCounting);
        changed[i] = changed[i] == 'x' ? 'y' : 'x';
        EXPECT_FALSE(is_api_key(changed)) << i;
    }
}

TEST(ApiKey, TruncatedLongerAndForeignTextsAreNone) {
    for (size_t length = 0; length < kCounting.size(); ++length) {
        EXPECT_FALSE(is_api_key(kCounting.substr(0, length)));
    }
    EXPECT_FALSE(is_api_key(std::string(kCounting) + "0"));
    EXPECT_FALSE(is_api_key(" " + std::string(kCounting.substr(1))));
    EXPECT_FALSE(is_api_key(std::string(kApiKeyLength, '\0')));
    EXPECT_FALSE(is_api_key("pgb_" + std::string(kApiKeyLength - 4, '-')));
}

TEST(ApiKey, PrefixIsTwelveCharacters) {
    EXPECT_EQ(api_key_prefix(kCounting), "pgb_01234567");
    EXPECT_EQ(api_key_prefix("short"), "short");
    EXPECT_EQ(api_key_prefix(""), "");
}

TEST(ApiKey, DigestsAreEqualOnlyInEveryBit) {
    ApiKeyDigest one{};
    one[3] = 7;
    EXPECT_TRUE(equal_digests(one, one));
    for (size_t i = 0; i < one.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            ApiKeyDigest other = one;
            other[i] ^= static_cast<uint8_t>(1 << bit);
            EXPECT_FALSE(equal_digests(one, other));
        }
    }
}

} // namespace
} // namespace billing::core
