#include "core/credits.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace billing::core {
namespace {

Decimal decimal(const char *text) {
    return Decimal::parse(text).value();
}

TEST(Credits, PayWholeUnitsAndKeepTheRest) {
    const CreditPayment one = pay(1, decimal("0.3"), {});
    EXPECT_EQ(one.credits, 1);
    EXPECT_EQ(one.prepaid.to_string(), "0.7");
    const CreditPayment two = pay(2, decimal("0.3"), one.prepaid);
    EXPECT_EQ(two.credits, 0);
    EXPECT_EQ(two.prepaid.to_string(), "0.1");
    const CreditPayment exact = pay(5, decimal("2"), {});
    EXPECT_EQ(exact.credits, 10);
    EXPECT_TRUE(exact.prepaid.is_zero());
}

// 1000 single units at 0.3 cost exactly 300 credits.
TEST(Credits, NoRoundingAddsUp) {
    Decimal prepaid;
    int64_t paid = 0;
    for (int i = 0; i < 1000; ++i) {
        const CreditPayment one = pay(1, decimal("0.3"), prepaid);
        paid += one.credits;
        prepaid = one.prepaid;
    }
    EXPECT_EQ(paid, 300);
    EXPECT_TRUE(prepaid.is_zero());
}

TEST(Credits, WhatIsPaidBackIsWhatWasPaid) {
    const CreditPayment paid = pay(7, decimal("1.25"), {}); // 8.75
    EXPECT_EQ(paid.credits, 9);
    const CreditPayment back = pay_back(7, decimal("1.25"), paid.prepaid);
    EXPECT_EQ(back.credits, 9);
    EXPECT_TRUE(back.prepaid.is_zero());
}

TEST(Credits, TellHowManyUnitsTheyPayFor) {
    EXPECT_EQ(units_for(100, decimal("0.3"), {}), 333);
    EXPECT_EQ(units_for(99, decimal("0.3"), decimal("0.7")), 332); // 99.7 / 0.3 = 332.33
    EXPECT_EQ(units_for(0, decimal("0.3"), decimal("0.29")), 0);
    EXPECT_EQ(units_for(9, decimal("10"), {}), 0);
}

TEST(Credits, AmountsWithoutANumberAreRefused) {
    EXPECT_THROW(pay(INT64_MAX, decimal("1000000"), {}), std::overflow_error);
    EXPECT_THROW(pay(INT64_MAX, decimal("2"), {}), std::overflow_error);
    EXPECT_THROW(pay_back(INT64_MAX, decimal("2"), {}), std::overflow_error);
    EXPECT_EQ(pay(INT64_MAX, decimal("1"), {}).credits, INT64_MAX);
    EXPECT_EQ(units_for(INT64_MAX, decimal("2"), {}), INT64_MAX / 2);
}

} // namespace
} // namespace billing::core
