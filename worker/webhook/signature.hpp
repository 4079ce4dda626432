// Whether a webhook was signed by someone who knows one of the secrets, as Stripe does it:
// HMAC-SHA256 over "timestamp.body", with the raw bytes of the body. Pure: the time is an argument.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"

namespace billing::worker::webhook {

enum class SignatureVerdict {
    valid,
    malformed,    // no timestamp, two of them, or no number
    no_signature, // no v1 in the header, or none that is 64 hexadecimal digits
    mismatch,     // no v1 fits any secret
    too_old,      // signed rightly, but outside the tolerance
    too_new,
};

inline constexpr std::chrono::seconds kTolerance{300};

// A header may hold several v1, and each secret is tried: while a secret is rolled, both are
// good. Comparison takes the same time wherever the first difference is.
SignatureVerdict verify_signature(std::string_view header, std::string_view body,
                                  std::span<const Secret> secrets, WallTime now);

std::string_view to_string(SignatureVerdict verdict);

} // namespace billing::worker::webhook
