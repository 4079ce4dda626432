#include "webhook/signature.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <openssl/crypto.h>

#include "base/text.hpp"
#include "webhook/hmac.hpp"

namespace billing::worker::webhook {

namespace {

struct SignatureHeader {
    std::string_view timestamp;
    std::vector<Digest> signatures;
};

std::optional<Digest> parse_digest(std::string_view hex) {
    Digest digest;
    if (hex.size() != 2 * digest.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = hex_value(hex[2 * i]);
        const int low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

// "t=1492774577,v1=5257...,v0=6ffb...": other schemes are passed over.
std::optional<SignatureHeader> parse_header(std::string_view text) {
    SignatureHeader header;
    while (!text.empty()) {
        const auto end = text.find(',');
        const auto item = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (item.starts_with("t=")) {
            if (!header.timestamp.empty()) {
                return std::nullopt;
            }
            header.timestamp = item.substr(2);
        } else if (item.starts_with("v1=")) {
            if (const auto digest = parse_digest(item.substr(3))) {
                header.signatures.push_back(*digest);
            }
        }
    }
    return header;
}

std::optional<std::chrono::seconds> parse_timestamp(std::string_view text) {
    constexpr std::size_t kMostDigits = 12;
    const auto seconds = text.size() <= kMostDigits && !text.starts_with('-')
                             ? parse_integer<std::int64_t>(text)
                             : std::nullopt;
    return seconds ? std::optional{std::chrono::seconds{*seconds}} : std::nullopt;
}

bool any_matches(const SignatureHeader &header, std::string_view body,
                 std::span<const Secret> secrets) {
    bool matches = false;
    for (const auto &secret : secrets) {
        const auto expected = hmac_sha256(secret.reveal(), {header.timestamp, ".", body});
        for (const auto &given : header.signatures) {
            matches |= CRYPTO_memcmp(expected.data(), given.data(), expected.size()) == 0;
        }
    }
    return matches;
}

} // namespace

SignatureVerdict verify_signature(std::string_view text, std::string_view body,
                                  std::span<const Secret> secrets, WallTime now) {
    const auto header = parse_header(text);
    const auto signed_at = header ? parse_timestamp(header->timestamp) : std::nullopt;
    if (!signed_at) {
        return SignatureVerdict::malformed;
    }
    if (header->signatures.empty()) {
        return SignatureVerdict::no_signature;
    }
    if (!any_matches(*header, body, secrets)) {
        return SignatureVerdict::mismatch;
    }
    const auto today = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    if (*signed_at < today - kTolerance) {
        return SignatureVerdict::too_old;
    }
    return *signed_at > today + kTolerance ? SignatureVerdict::too_new : SignatureVerdict::valid;
}

std::string_view to_string(SignatureVerdict verdict) {
    constexpr std::array<std::string_view, 6> kNames{"valid",    "malformed", "no_signature",
                                                     "mismatch", "too_old",   "too_new"};
    return kNames[static_cast<std::size_t>(verdict)];
}

} // namespace billing::worker::webhook
