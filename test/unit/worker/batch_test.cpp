#include "webhook/batch.hpp"

#include <string>

#include <gtest/gtest.h>

namespace billing::worker::webhook {
namespace {

std::deque<Pending> waiting(std::initializer_list<std::size_t> sizes) {
    std::deque<Pending> queue;
    char name = 'a';
    for (const auto size : sizes) {
        queue.push_back({{std::nullopt, std::string(size, name++)}, {}, {}});
    }
    return queue;
}

std::string names(const std::vector<Pending> &members) {
    std::string text;
    for (const auto &member : members) {
        text += member.event.body.front();
    }
    return text;
}

TEST(Batch, TakesTheOldestInTheirOrder) {
    auto queue = waiting({10, 10, 10});
    const auto group = take_group(queue, {2, 1000});
    EXPECT_EQ(names(group.members), "ab");
    EXPECT_EQ(group.bytes, 20U);
    EXPECT_EQ(queue.size(), 1U);
}

TEST(Batch, StopsBeforeItsBytesAreExceeded) {
    auto queue = waiting({40, 60, 1});
    EXPECT_EQ(names(take_group(queue, {10, 100}).members), "ab");
    queue = waiting({40, 61, 1});
    EXPECT_EQ(names(take_group(queue, {10, 100}).members), "a");
}

TEST(Batch, TakesOneEventHoweverLarge) {
    auto queue = waiting({5000, 1});
    EXPECT_EQ(names(take_group(queue, {10, 100}).members), "a");
    EXPECT_EQ(names(take_group(queue, {10, 100}).members), "b");
    EXPECT_TRUE(take_group(queue, {10, 100}).members.empty());
}

TEST(Batch, TakenApartKeepsItsOrderBeforeEarlierLeftovers) {
    auto first = waiting({1, 1});
    auto group = take_group(first, {2, 100});
    std::deque<Pending> singles;
    singles.push_back({{std::nullopt, "z"}, {}, {}});
    take_apart(group, singles);
    EXPECT_TRUE(group.members.empty());
    EXPECT_EQ(names({singles.begin(), singles.end()}), "abz");
}

TEST(Batch, OneEventIsEnoughWhileNothingIsUnderWay) {
    EXPECT_EQ(enough_to_send(0), 1U);
}

TEST(Batch, ASecondGroupMustBeWorthItsFlushAndAThirdWaits) {
    EXPECT_GT(enough_to_send(1), 1U);
    EXPECT_LE(enough_to_send(1), BatchLimits{}.max_events);
    EXPECT_EQ(enough_to_send(2), SIZE_MAX);
}

TEST(Batch, ASecondGroupGoesBehindTheFirstWhereCommitsAreQuick) {
    constexpr std::chrono::microseconds kQuick{100};
    EXPECT_EQ(choose_line({0, 0}, kQuick), 0U);
    EXPECT_EQ(choose_line({1, 0}, kQuick), 0U);
    EXPECT_EQ(choose_line({0, 1}, kQuick), 1U);
}

TEST(Batch, ASecondGroupGoesBesideTheFirstWhereCommitsAreSlow) {
    constexpr std::chrono::milliseconds kSlow{3};
    EXPECT_EQ(choose_line({0, 0}, kSlow), 0U);
    EXPECT_EQ(choose_line({1, 0}, kSlow), 1U);
    EXPECT_EQ(choose_line({0, 1}, kSlow), 0U);
}

} // namespace
} // namespace billing::worker::webhook
