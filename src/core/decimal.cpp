#include "core/decimal.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

// Kept inside this file: nobody else needs integers this wide.
#include <boost/multiprecision/cpp_int.hpp>

namespace billing::core {
namespace {

using Narrow = unsigned __int128;
using Wide = boost::multiprecision::uint256_t;

constexpr Narrow kMaxMagnitude = std::numeric_limits<Narrow>::max() / 2;
// The largest power of ten below 2^127, and so the longest run of digits a Decimal can hold.
constexpr int kMaxDigits = 38;

[[noreturn]] void overflow() {
    throw std::overflow_error("decimal value is out of range");
}

constexpr Narrow magnitude(__int128 value) {
    return value < 0 ? -static_cast<Narrow>(value) : static_cast<Narrow>(value);
}

__int128 with_sign(Narrow value, bool negative) {
    if (value > kMaxMagnitude) {
        overflow();
    }
    const auto positive = static_cast<__int128>(value);
    return negative ? -positive : positive;
}

// Quotient rounded half away from zero; the same code for both widths. The comparison is written so
// that doubling the remainder cannot leave the type.
template <typename Integer>
Integer rounded_quotient(const Integer &dividend, const Integer &divisor) {
    const Integer quotient = dividend / divisor;
    const Integer rest = dividend - quotient * divisor;
    return rest >= divisor - rest ? Integer(quotient + 1) : quotient;
}

// The product of everyday amounts fits 128 bits; the wide path is for what does not.
__int128 multiply_divide(__int128 a, __int128 b, __int128 divisor) {
    if (divisor == 0) {
        throw std::domain_error("decimal division by zero");
    }
    const bool negative = ((a < 0) != (b < 0)) != (divisor < 0);
    const Narrow x = magnitude(a);
    const Narrow y = magnitude(b);
    const Narrow d = magnitude(divisor);
    Narrow product = 0;
    if (!__builtin_mul_overflow(x, y, &product)) {
        return with_sign(rounded_quotient(product, d), negative);
    }
    const Wide wide = rounded_quotient(Wide(Wide(x) * Wide(y)), Wide(d));
    if (wide > Wide(kMaxMagnitude)) {
        overflow();
    }
    return with_sign(static_cast<Narrow>(wide), negative);
}

// The digits of a written number without its point: `digits` read as 0.d1d2d3... times 10^exponent.
struct Written {
    bool negative = false;
    std::string digits; // without leading zeros
    int64_t exponent = 0;
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Reads "[+-]digits" to the end of the text, saturating far outside of any usable exponent.
std::optional<int64_t> parse_exponent(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        text.remove_prefix(1);
    }
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
        return std::nullopt;
    }
    int64_t value = 0;
    for (const char c : text) {
        value = std::min<int64_t>(value * 10 + (c - '0'), 1'000'000'000);
    }
    return negative ? -value : value;
}

std::optional<Written> read_number(std::string_view text) {
    Written number;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        number.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    bool any_digit = false;
    bool after_point = false;
    size_t i = 0;
    for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !after_point)); ++i) {
        if (text[i] == '.') {
            after_point = true;
            continue;
        }
        any_digit = true;
        const bool leading_zero = text[i] == '0' && number.digits.empty();
        if (!leading_zero) {
            number.digits.push_back(text[i]);
            number.exponent += after_point ? 0 : 1;
        } else if (after_point) {
            --number.exponent;
        }
    }
    if (!any_digit) {
        return std::nullopt;
    }
    if (i == text.size()) {
        return number;
    }
    if (text[i] != 'e' && text[i] != 'E') {
        return std::nullopt;
    }
    const std::optional<int64_t> exponent = parse_exponent(text.substr(i + 1));
    if (!exponent) {
        return std::nullopt;
    }
    number.exponent += *exponent;
    return number;
}

} // namespace

Decimal Decimal::from_int(int64_t value) {
    return from_scaled(static_cast<__int128>(value) * kOne);
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const std::optional<Written> number = read_number(text);
    if (!number) {
        return std::nullopt;
    }
    const int64_t kept = number->exponent + kScale; // digits that reach into the scaled integer
    if (number->digits.empty() || kept < 0) {
        return Decimal();
    }
    // kept digits start with a nonzero one, so more than 39 cannot fit; 39 itself is left to the
    // checks below.
    if (kept > kMaxDigits + 1) {
        overflow();
    }
    Narrow scaled = 0;
    for (int64_t i = 0; i < kept; ++i) {
        const auto at = static_cast<size_t>(i);
        const auto digit =
            static_cast<unsigned>(at < number->digits.size() ? number->digits[at] - '0' : 0);
        if (__builtin_mul_overflow(scaled, Narrow{10}, &scaled) ||
            __builtin_add_overflow(scaled, Narrow{digit}, &scaled)) {
            overflow();
        }
    }
    if (scaled > kMaxMagnitude) {
        overflow();
    }
    const auto next = static_cast<size_t>(kept);
    if (next < number->digits.size() && number->digits[next] >= '5') {
        ++scaled;
    }
    return from_scaled(with_sign(scaled, number->negative));
}

Decimal Decimal::operator+(Decimal other) const {
    __int128 sum = 0;
    if (__builtin_add_overflow(scaled_, other.scaled_, &sum)) {
        overflow();
    }
    return from_scaled(sum);
}

Decimal Decimal::operator-(Decimal other) const {
    __int128 difference = 0;
    if (__builtin_sub_overflow(scaled_, other.scaled_, &difference)) {
        overflow();
    }
    return from_scaled(difference);
}

Decimal Decimal::operator-() const {
    return Decimal() - *this;
}

Decimal Decimal::operator*(Decimal other) const {
    return from_scaled(multiply_divide(scaled_, other.scaled_, kOne));
}

Decimal Decimal::mul_div(Decimal numerator, Decimal denominator) const {
    return from_scaled(multiply_divide(scaled_, numerator.scaled_, denominator.scaled_));
}

Decimal Decimal::times(int64_t numerator, int64_t denominator) const {
    return from_scaled(multiply_divide(scaled_, numerator, denominator));
}

int64_t Decimal::to_minor_units() const {
    constexpr Narrow kPerMillionth = kOne / 1'000'000;
    const Narrow millionths = rounded_quotient(magnitude(scaled_), kPerMillionth);
    const __int128 whole = with_sign(rounded_quotient(millionths, Narrow{1'000'000}), scaled_ < 0);
    if (whole > std::numeric_limits<int64_t>::max() ||
        whole < std::numeric_limits<int64_t>::min()) {
        overflow();
    }
    return static_cast<int64_t>(whole);
}

std::string Decimal::to_string() const {
    std::array<char, 48> buffer{};
    char *const end = buffer.data() + buffer.size();
    char *out = end;
    const Narrow value = magnitude(scaled_);
    auto fraction = static_cast<uint64_t>(value % kOne);
    Narrow whole = value / kOne;
    if (fraction != 0) {
        for (int i = 0; i < kScale; ++i, fraction /= 10) {
            const char digit = static_cast<char>('0' + fraction % 10);
            if (out != end || digit != '0') { // trailing zeros are met first
                *--out = digit;
            }
        }
        *--out = '.';
    }
    do {
        *--out = static_cast<char>('0' + static_cast<int>(whole % 10));
        whole /= 10;
    } while (whole != 0);
    if (scaled_ < 0) {
        *--out = '-';
    }
    return {out, end};
}

} // namespace billing::core
