#include "core/decimal.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stdexcept>

namespace billing::core {
namespace {

Decimal dec(std::string_view text) {
    return Decimal::parse(text).value();
}

std::string reread(std::string_view text) {
    return dec(text).to_string();
}

TEST(Decimal, ReadsNumbersAsJsonAndSqlWriteThem) {
    EXPECT_EQ(dec("12"), Decimal::from_int(12));
    EXPECT_EQ(dec("-12.00"), Decimal::from_int(-12));
    EXPECT_EQ(dec("1e3"), Decimal::from_int(1000));
    EXPECT_EQ(dec("1.5E+2"), Decimal::from_int(150));
    EXPECT_EQ(dec("2500e-2"), Decimal::from_int(25));
    EXPECT_EQ(dec("+.5"), dec("0.50"));
    EXPECT_EQ(dec("7."), Decimal::from_int(7));
    EXPECT_EQ(dec("0000000000000000000000000000000000000000000012"), Decimal::from_int(12));
    EXPECT_EQ(dec("-0"), Decimal());
    EXPECT_EQ(dec("0e999999999999"), Decimal());
}

TEST(Decimal, RefusesWhatIsNotANumber) {
    for (const char *text : {"", "-", ".", "+.", "1e", "1e+", "e3", "1.2.3", "12a", " 1", "1 ",
                             "NaN", "Infinity", "0x10", "1e1.5", "1-2", "--1", "1,000"}) {
        EXPECT_FALSE(Decimal::parse(text).has_value()) << text;
    }
}

TEST(Decimal, WritesPlainNotationWithoutTrailingZeros) {
    EXPECT_EQ(reread("5.00"), "5");
    EXPECT_EQ(reread("-0.5"), "-0.5");
    EXPECT_EQ(reread("100"), "100");
    EXPECT_EQ(reread("0.0000000000000001"), "0.0000000000000001");
    EXPECT_EQ(reread("12345678901234567890.1234567890123456"),
              "12345678901234567890.1234567890123456");
    EXPECT_EQ(Decimal().to_string(), "0");
    EXPECT_EQ(Decimal::from_int(1000).mul_div(Decimal::from_int(1), Decimal::from_int(12)),
              dec("83.3333333333333333"));
}

TEST(Decimal, RoundsTheSeventeenthDigitHalfAwayFromZero) {
    EXPECT_EQ(reread("0.00000000000000005"), "0.0000000000000001");
    EXPECT_EQ(reread("-0.00000000000000005"), "-0.0000000000000001");
    EXPECT_EQ(reread("0.00000000000000004999"), "0");
    EXPECT_EQ(reread("9.99999999999999995"), "10");
    EXPECT_EQ(reread("5e-17"), "0.0000000000000001");
    EXPECT_EQ(reread("5e-18"), "0");
    EXPECT_EQ(reread("1e-400"), "0");
}

TEST(Decimal, ThrowsWhereAValueDoesNotFit) {
    // The largest value is (2^127 - 1) / 10^16.
    const Decimal largest = dec("17014118346046923173168.7303715884105727");
    EXPECT_EQ(largest.to_string(), "17014118346046923173168.7303715884105727");
    EXPECT_THROW(Decimal::parse("17014118346046923173168.7303715884105728"), std::overflow_error);
    EXPECT_THROW(Decimal::parse("17014118346046923173168.73037158841057275"), std::overflow_error);
    EXPECT_THROW(Decimal::parse("99999999999999999999999"), std::overflow_error);
    EXPECT_THROW(Decimal::parse("1e23"), std::overflow_error);
    EXPECT_THROW(Decimal::parse("1e999999999999999999999"), std::overflow_error);
    EXPECT_THROW(largest + dec("0.0000000000000001"), std::overflow_error);
    EXPECT_THROW(-largest - dec("1"), std::overflow_error);
    EXPECT_THROW(largest * dec("1.1"), std::overflow_error);
    EXPECT_THROW(largest.to_minor_units(), std::overflow_error);
}

TEST(Decimal, MultipliesThroughMoreThan128Bits) {
    EXPECT_EQ(dec("12345678901") * dec("98765432109"), dec("1219326311336229232209"));
    EXPECT_EQ(dec("-1000000000000000") * dec("1000000.5"), dec("-1000000500000000000000"));
    EXPECT_EQ(dec("0.0000000000000001") * dec("0.5"), dec("0.0000000000000001"));
    EXPECT_EQ(dec("-0.0000000000000001") * dec("0.5"), dec("-0.0000000000000001"));
    EXPECT_EQ(dec("0.0000000000000001") * dec("0.4"), Decimal());
}

TEST(Decimal, DividesWithOneRoundingAtTheEnd) {
    // 1/3 rounded first and then multiplied by 3 would give 0.9999999999999999.
    EXPECT_EQ(dec("1").mul_div(dec("3"), dec("3")), dec("1"));
    EXPECT_EQ(dec("2").mul_div(dec("1"), dec("3")), dec("0.6666666666666667"));
    EXPECT_EQ(dec("-2").mul_div(dec("1"), dec("3")), dec("-0.6666666666666667"));
    EXPECT_EQ(dec("2").mul_div(dec("-1"), dec("-3")), dec("0.6666666666666667"));
    EXPECT_EQ(dec("99999999999999999999")
                  .mul_div(dec("99999999999999999999"), dec("99999999999999999999")),
              dec("99999999999999999999"));
    EXPECT_THROW(dec("1").mul_div(dec("1"), Decimal()), std::domain_error);
}

TEST(Decimal, TimesAndMulDivAgree) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const auto scaled = static_cast<int64_t>(random());
        const Decimal amount =
            Decimal::from_scaled(__int128{scaled} * int64_t(1 + random() % 1000));
        const auto numerator = static_cast<int64_t>(random() % 1000);
        const auto denominator = static_cast<int64_t>(1 + random() % 1000);
        EXPECT_EQ(amount.times(numerator, denominator),
                  amount.mul_div(Decimal::from_int(numerator), Decimal::from_int(denominator)));
    }
}

TEST(Decimal, RoundsReportsToMillionthsFirst) {
    EXPECT_EQ(dec("2.5").to_minor_units(), 3);
    EXPECT_EQ(dec("-2.5").to_minor_units(), -3);
    EXPECT_EQ(dec("2.4999994").to_minor_units(), 2);
    EXPECT_EQ(dec("2.4999995").to_minor_units(), 3); // 2.5 at six digits
    EXPECT_EQ(dec("-2.4999995").to_minor_units(), -3);
    EXPECT_EQ(dec("9223372036854775807.4").to_minor_units(), std::numeric_limits<int64_t>::max());
    EXPECT_EQ(dec("-9223372036854775808").to_minor_units(), std::numeric_limits<int64_t>::min());
    EXPECT_THROW(dec("9223372036854775807.5").to_minor_units(), std::overflow_error);
}

TEST(Decimal, SumsAreExactInAnyOrder) {
    Decimal up;
    Decimal down;
    for (int i = 1; i <= 1000; ++i) {
        up += Decimal::from_int(i).mul_div(Decimal::from_int(1), Decimal::from_int(12));
        const int j = 1001 - i;
        down += Decimal::from_int(j).mul_div(Decimal::from_int(1), Decimal::from_int(12));
    }
    EXPECT_EQ(up, down);
    EXPECT_EQ(up.to_minor_units(), 41708); // 500500 / 12 = 41708.33
}

TEST(Decimal, ComparesByValue) {
    EXPECT_LT(dec("-1"), dec("0.0000000000000001"));
    EXPECT_GT(dec("10"), dec("9.9999999999999999"));
    EXPECT_TRUE(dec("0.1").is_positive());
    EXPECT_FALSE(dec("-0.1").is_positive());
    EXPECT_TRUE(dec("0.00").is_zero());
}

} // namespace
} // namespace billing::core
