#include "core/balances.hpp"

#include "core_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>

namespace billing::core {
namespace {

using test::utc;

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

Balance balance(std::optional<int64_t> quota, int64_t used = 0) {
    Balance out;
    out.quota = quota;
    out.used = used;
    return out;
}

// allowed, granted, used, remaining, overage
using Outcome = std::tuple<bool, int64_t, int64_t, std::optional<int64_t>, int64_t>;

Outcome outcome(bool allowed, int64_t granted, int64_t used, std::optional<int64_t> remaining,
                int64_t overage = 0) {
    return {allowed, granted, used, remaining, overage};
}

Outcome outcome_of(const Consumption &taken, const std::vector<Balance> &balances,
                   int64_t held = 0) {
    const Totals after = totals(balances, held);
    return {taken.allowed, taken.granted, after.used, after.remaining, after.overage};
}

Outcome take(std::optional<int64_t> limit, int64_t used, int64_t quantity, Overage overage,
             int64_t held = 0) {
    std::vector<Balance> one = {balance(limit, used)};
    const Consumption taken = consume(one, held, quantity, overage);
    return outcome_of(taken, one, held);
}

Outcome put_back(std::optional<int64_t> limit, int64_t used, int64_t quantity) {
    std::vector<Balance> one = {balance(limit, used)};
    const Consumption taken = give_back(one, quantity);
    return outcome_of(taken, one);
}

std::vector<int64_t> remaining_of(const std::vector<Balance> &balances) {
    std::vector<int64_t> out;
    for (const Balance &one : balances) {
        out.push_back(one.remaining().value_or(-1));
    }
    return out;
}

TEST(Balances, RejectWhatGoesBeyondTheLimit) { // E4
    EXPECT_EQ(take(100, 99, 2, Overage::reject), outcome(false, 0, 99, 1));
    EXPECT_EQ(take(100, 99, 1, Overage::reject), outcome(true, 1, 100, 0));
    EXPECT_EQ(take(100, 100, 1, Overage::reject), outcome(false, 0, 100, 0));
}

TEST(Balances, CapAtTheLimit) { // E4
    EXPECT_EQ(take(100, 99, 2, Overage::cap), outcome(true, 1, 100, 0));
    EXPECT_EQ(take(100, 100, 2, Overage::cap), outcome(false, 0, 100, 0));
}

TEST(Balances, AllowOverageAndCountIt) { // E4
    EXPECT_EQ(take(100, 99, 2, Overage::allow), outcome(true, 2, 101, 0, 1));
    EXPECT_EQ(take(100, 101, 5, Overage::allow), outcome(true, 5, 106, 0, 6));
}

TEST(Balances, WithoutALimitAllowAnything) {
    EXPECT_EQ(take(std::nullopt, 7, 5, Overage::reject), outcome(true, 5, 12, std::nullopt));
}

TEST(Balances, OfALowerLimitKeepWhatWasUsed) {
    EXPECT_EQ(totals({balance(500, 60)}).remaining, 440);
    EXPECT_EQ(take(50, 60, 1, Overage::reject), outcome(false, 0, 60, 0, 10));
    EXPECT_EQ(take(50, 60, 1, Overage::cap), outcome(false, 0, 60, 0, 10));
}

TEST(Balances, GiveBackAtMostWhatWasUsed) {
    EXPECT_EQ(put_back(100, 40, 15), outcome(true, -15, 25, 75));
    EXPECT_EQ(put_back(100, 40, 50), outcome(true, -40, 0, 100));
    EXPECT_EQ(put_back(100, 40, kMost), outcome(true, -40, 0, 100));
    EXPECT_EQ(put_back(100, 120, 10), outcome(true, -10, 110, 0, 10));
    EXPECT_EQ(put_back(100, 0, 1), outcome(false, 0, 0, 100));
}

TEST(Balances, LargestNumbersDoNotWrapAround) {
    EXPECT_EQ(take(kMost, kMost - 1, kMost, Overage::reject), outcome(false, 0, kMost - 1, 1));
    EXPECT_EQ(take(kMost, 0, kMost, Overage::reject), outcome(true, kMost, kMost, 0));
    EXPECT_EQ(take(kMost, kMost - 1, kMost, Overage::cap), outcome(true, 1, kMost, 0));
    EXPECT_THROW(take(100, 1, kMost, Overage::allow), std::overflow_error);
    EXPECT_THROW(take(std::nullopt, kMost, 1, Overage::reject), std::overflow_error);
    const std::vector<Balance> two = {balance(kMost), balance(kMost, 5)};
    EXPECT_EQ(totals(two), (Totals{kMost, 5, kMost, 0}));
}

TEST(Balances, LimitIsReachedExactlyByConsumingOneByOne) {
    std::vector<Balance> one = {balance(100)};
    int allowed = 0;
    for (int i = 0; i < 200; ++i) {
        allowed += consume(one, 0, 1, Overage::reject).allowed ? 1 : 0;
    }
    EXPECT_EQ(allowed, 100);
    EXPECT_EQ(one.front().used, 100);
}

// Three grants; 120 are used.
TEST(Balances, BurnByPriorityThenExpiryThenAge) { // E1
    Balance a = balance(100);
    a.priority = 1;
    a.expires = utc(2025, 7, 31);
    Balance b = balance(50);
    b.priority = 1;
    b.expires = utc(2025, 7, 15);
    Balance c = balance(200);
    c.priority = 2;
    std::vector<Balance> all = {c, a, b};
    std::sort(all.begin(), all.end(), burns_before);
    EXPECT_TRUE(consume(all, 0, 120, Overage::reject).allowed);
    EXPECT_EQ(remaining_of(all), (std::vector<int64_t>{0, 30, 200})); // b, a, c
    EXPECT_EQ(totals(all).remaining, 230);
    // Given back in the reverse order: c has nothing, then a.
    EXPECT_EQ(give_back(all, 90).granted, -90);
    EXPECT_EQ(remaining_of(all), (std::vector<int64_t>{20, 100, 200}));
}

TEST(Balances, OfOnePriorityAndExpiryTheOlderBurnsFirst) {
    Balance young = balance(1);
    young.created = utc(2025, 2, 1);
    Balance old = balance(1);
    old.created = utc(2025, 1, 1);
    EXPECT_TRUE(burns_before(old, young));
    EXPECT_FALSE(burns_before(young, old));
}

TEST(Balances, OverageIsBookedOnTheLastOne) {
    std::vector<Balance> all = {balance(10), balance(20)};
    EXPECT_EQ(consume(all, 0, 35, Overage::allow).granted, 35);
    EXPECT_EQ(all[0].used, 10);
    EXPECT_EQ(all[1].used, 25);
    EXPECT_EQ(totals(all), (Totals{30, 35, 0, 5}));
}

TEST(Balances, TheFirstUnlimitedOneTakesAll) {
    std::vector<Balance> all = {balance(10), balance(std::nullopt), balance(std::nullopt)};
    EXPECT_TRUE(consume(all, 0, 50, Overage::reject).allowed);
    EXPECT_EQ(all[0].used, 0);
    EXPECT_EQ(all[1].used, 50);
    EXPECT_EQ(totals(all), (Totals{std::nullopt, 50, std::nullopt, 0}));
}

TEST(Balances, WhatIsHeldCannotBeTaken) {
    EXPECT_EQ(take(100, 50, 31, Overage::reject, 20), outcome(false, 0, 50, 30));
    EXPECT_EQ(take(100, 50, 30, Overage::reject, 20), outcome(true, 30, 80, 0));
    EXPECT_EQ(take(100, 50, 31, Overage::cap, 20), outcome(true, 30, 80, 0));
    EXPECT_EQ(take(100, 90, 1, Overage::reject, 20), outcome(false, 0, 90, 0));
}

TEST(Balances, WithoutAnyNothingIsAllowed) {
    std::vector<Balance> none;
    EXPECT_EQ(consume(none, 0, 1, Overage::allow), (Consumption{false, 0}));
    EXPECT_EQ(give_back(none, 1), (Consumption{false, 0}));
}

TEST(Balances, CarryOverWhatIsLeftUpToTheMaximum) {
    EXPECT_EQ(carry_over(1000, 0, 400, 400, 1), 400); // E2: 600 left, 400 kept, 1400 with the new
    EXPECT_EQ(carry_over(1000, 0, 800, 400, 1), 200);
    EXPECT_EQ(carry_over(1000, 0, 1000, 400, 1), 0);
    EXPECT_EQ(carry_over(1000, 200, 1100, 400, 1), 100);
    EXPECT_EQ(carry_over(1000, 200, 1300, 400, 1), 0);
    EXPECT_EQ(carry_over(100, 0, 90, 350, 1), 10);
    EXPECT_EQ(carry_over(100, 0, 90, 350, 3), 210); // 10, then 110, then 210
    EXPECT_EQ(carry_over(100, 0, 90, 350, 9), 350);
    EXPECT_EQ(carry_over(100, 30, 0, 0, 2), 0);
    EXPECT_EQ(carry_over(100, 30, 0, 50, 0), 30);
    EXPECT_EQ(carry_over(kMost, 0, 0, 7, kMost), 7);
}

} // namespace
} // namespace billing::core
