#include "core/timeline.hpp"

#include "timeline_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace billing::core {
namespace {

using namespace test;

// States are named by numbers; an event leads from `previous` to `own`.
Version step(const std::string &event_id, std::optional<uint64_t> previous, uint64_t own,
             int16_t rank = kUpdated, Instant created = kFeb) {
    Version made;
    made.created = created;
    made.rank = rank;
    made.event_id = event_id;
    made.own = own;
    made.previous = previous;
    return made;
}

std::string sorted(std::vector<Version> versions) {
    sort_versions(versions);
    std::string order;
    for (const Version &version : versions) {
        order += version.event_id;
    }
    return order;
}

// The order that every permutation of the versions agrees on.
std::string order_of(std::vector<Version> versions) {
    std::sort(versions.begin(), versions.end(),
              [](const Version &a, const Version &b) { return a.event_id < b.event_id; });
    const std::string order = sorted(versions);
    while (std::next_permutation(
        versions.begin(), versions.end(),
        [](const Version &a, const Version &b) { return a.event_id < b.event_id; })) {
        EXPECT_EQ(sorted(versions), order);
    }
    return order;
}

TEST(VersionOrder, CreatedComesFirst) {
    EXPECT_EQ(order_of({step("a", {}, 1, kDeleted, kJan), step("b", {}, 2, kCreated, kFeb),
                        step("c", {}, 3, kUpdated, kMar)}),
              "abc");
}

TEST(VersionOrder, RankAndThenIdDecideWhereNothingElseIsKnown) {
    EXPECT_EQ(order_of({step("c", {}, 1, kCreated), step("b", {}, 2, kUpdated),
                        step("a", {}, 3, kDeleted), step("d", {}, 4, kUpdated)}),
              "cbda");
}

TEST(VersionOrder, ChainOutweighsTheIdsInOneSecond) {
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated, kJan), step("c", 1, 2), step("a", 2, 3),
                        step("b", 3, 4)}),
              "zcab");
}

TEST(VersionOrder, ChainCanStartInsideTheSecond) {
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated), step("b", 1, 2), step("a", 2, 3)}), "zba");
}

TEST(VersionOrder, ChainReturnsToAnEarlierState) {
    // Quantity 1, then 2, then 1 again, within one second.
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated, kJan), step("b", 1, 2), step("a", 2, 1)}),
              "zba");
}

TEST(VersionOrder, ChainOfUnknownOriginKeepsItsOrder) {
    // The event that made state 7 was lost.
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated, kJan), step("b", 7, 8), step("a", 8, 9)}),
              "zba");
}

TEST(VersionOrder, EventThatChangedSomethingGoesBeforeOneThatDidNot) {
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated, kJan), step("a", 1, 1), step("b", 1, 2)}),
              "zba");
}

TEST(VersionOrder, DeletionComesLastInItsSecond) {
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated, kJan), step("a", {}, 4, kDeleted),
                        step("b", 2, 3), step("c", 1, 2)}),
              "zcba");
}

TEST(VersionOrder, CircleWithoutAnEntranceStillHasOneOrder) {
    EXPECT_EQ(order_of({step("a", 2, 1), step("b", 1, 2)}), "ab");
    EXPECT_EQ(order_of({step("a", 3, 1), step("b", 1, 2), step("c", 2, 3)}), "abc");
}

TEST(VersionOrder, EventsThatChangedNothingDoNotHoldEachOtherBack) {
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated, kJan), step("a", 7, 7), step("b", 7, 7),
                        step("c", {}, 9)}),
              "zabc");
}

TEST(VersionOrder, NextSecondGoesOnFromTheStateReached) {
    EXPECT_EQ(order_of({step("z", {}, 1, kCreated, kJan), step("b", 1, 2, kUpdated, kFeb),
                        step("d", 2, 3, kUpdated, kMar), step("c", 3, 4, kUpdated, kMar)}),
              "zbdc");
}

TEST(VersionOrder, IsAFunctionOfTheSet) {
    std::mt19937 random(11);
    for (int i = 0; i < 500; ++i) {
        std::vector<Version> versions;
        const unsigned count = 2 + random() % 9;
        for (unsigned v = 0; v < count; ++v) {
            const auto previous =
                random() % 3 == 0 ? std::nullopt : std::optional<uint64_t>(random() % 5);
            versions.push_back(step(std::string(1, static_cast<char>('a' + v)), previous,
                                    random() % 5, static_cast<int16_t>(random() % 3),
                                    random() % 3 == 0 ? kJan : kFeb));
        }
        const std::string order = sorted(versions);
        for (int shuffle = 0; shuffle < 5; ++shuffle) {
            std::shuffle(versions.begin(), versions.end(), random);
            ASSERT_EQ(sorted(versions), order);
        }
    }
}

} // namespace
} // namespace billing::core
