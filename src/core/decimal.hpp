// Exact decimal amounts: 16 digits after the point in a 128-bit integer.
//
// Every amount of money in the core is a Decimal in minor units (cents). Sums and differences are
// exact; a product or quotient is computed in 256 bits and rounded once, half away from zero, to 16
// digits. What does not fit throws std::overflow_error, which parks the event that caused it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::core {

class Decimal {
  public:
    static constexpr int kScale = 16;
    static constexpr int64_t kOne = 10'000'000'000'000'000;

    constexpr Decimal() = default;
    static Decimal from_int(int64_t value);
    // The number as JSON or SQL writes it ("12", "-0.5", "1e3"); empty if it is not a number.
    // Digits after the sixteenth are rounded half away from zero.
    static std::optional<Decimal> parse(std::string_view text);
    static constexpr Decimal from_scaled(__int128 scaled) {
        Decimal d;
        d.scaled_ = scaled;
        return d;
    }

    constexpr __int128 scaled() const { return scaled_; }
    constexpr bool is_zero() const { return scaled_ == 0; }
    constexpr bool is_positive() const { return scaled_ > 0; }

    Decimal operator+(Decimal other) const;
    Decimal operator-(Decimal other) const;
    Decimal operator-() const;
    Decimal &operator+=(Decimal other) { return *this = *this + other; }
    Decimal &operator-=(Decimal other) { return *this = *this - other; }
    Decimal operator*(Decimal other) const;
    // this * numerator / denominator with one rounding at the end.
    Decimal mul_div(Decimal numerator, Decimal denominator) const;
    // this * numerator / denominator for whole numbers, one rounding at the end.
    Decimal times(int64_t numerator, int64_t denominator = 1) const;

    constexpr auto operator<=>(const Decimal &) const = default;

    // round(round(x, 6), 0): the rounding of every reported amount; half away from zero.
    int64_t to_minor_units() const;
    // Plain notation without trailing zeros: "83.3333333333333333", "5", "-0.5".
    std::string to_string() const;

  private:
    __int128 scaled_ = 0;
};

} // namespace billing::core
