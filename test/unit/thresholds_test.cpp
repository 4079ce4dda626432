#include "core/thresholds.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace billing::core {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
const Percents kUsual = {80, 100};

TEST(Thresholds, AreReachedFromBelowOnly) {
    EXPECT_EQ(crossed(kUsual, 10, 7, 8), Percents{80});
    EXPECT_EQ(crossed(kUsual, 10, 8, 9), Percents{});
    EXPECT_EQ(crossed(kUsual, 10, 9, 10), Percents{100});
    EXPECT_EQ(crossed(kUsual, 10, 10, 25), Percents{});
    EXPECT_EQ(crossed(kUsual, 10, 0, 25), kUsual);
    EXPECT_EQ(crossed(kUsual, 10, 9, 7), Percents{});
}

TEST(Thresholds, AreReachedWhereTheShareIsNotWhole) {
    // 80% of 7 is 5.6: 6 reaches it.
    EXPECT_EQ(crossed(kUsual, 7, 4, 5), Percents{});
    EXPECT_EQ(crossed(kUsual, 7, 5, 6), Percents{80});
    EXPECT_EQ(next_threshold(kUsual, 7, 5), 6);
    EXPECT_EQ(next_threshold(kUsual, 7, 6), 7);
    EXPECT_EQ(next_threshold(kUsual, 7, 7), std::nullopt);
}

TEST(Thresholds, OfNoQuotaAreNone) {
    EXPECT_FALSE(crosses_percent(0, 0, 5));
    EXPECT_EQ(crossed(kUsual, 0, 0, 5), Percents{});
    EXPECT_EQ(next_threshold(kUsual, 0, 0), std::nullopt);
    EXPECT_EQ(next_threshold({}, 10, 0), std::nullopt);
}

TEST(Thresholds, LieBeyondTheQuotaToo) {
    EXPECT_EQ(crossed({150}, 10, 14, 15), Percents{150});
    EXPECT_EQ(next_threshold({150}, 10, 10), 15);
}

TEST(Thresholds, OfTheLargestQuotaDoNotOverflow) {
    EXPECT_EQ(crossed(kUsual, kMost, kMost - 1, kMost), Percents{100});
    EXPECT_EQ(next_threshold(kUsual, kMost, kMost - 1), kMost);
    EXPECT_EQ(next_threshold({200}, kMost, kMost), std::nullopt);
}

// Whoever takes less than the distance to the next one reaches none: for every quota to 250.
TEST(Thresholds, AreNotReachedBeforeTheNextOne) {
    const Percents thresholds = {1, 33, 80, 100, 120};
    for (int64_t quota = 1; quota <= 250; ++quota) {
        for (int64_t used = 0; used <= 2 * quota; ++used) {
            const auto next = next_threshold(thresholds, quota, used);
            if (!next) {
                EXPECT_TRUE(crossed(thresholds, quota, used, 10 * quota).empty());
                continue;
            }
            EXPECT_GT(*next, used);
            EXPECT_TRUE(crossed(thresholds, quota, used, *next - 1).empty());
            EXPECT_FALSE(crossed(thresholds, quota, used, *next).empty());
        }
    }
}

} // namespace
} // namespace billing::core
