#include "core/precedence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace billing::core {
namespace {

Seen seen_by(Instant created, int16_t rank, const char *event_id) {
    Seen seen;
    take(seen, {created, rank, event_id});
    return seen;
}

TEST(Precedence, ARowThatStandsInGivesWayToAnything) {
    EXPECT_EQ(compare(Seen{}, {5, 0, "evt_1"}), Standing::newer);
    EXPECT_EQ(compare(Seen{}, {5, kEmbeddedRank, "evt_1"}), Standing::newer);
}

TEST(Precedence, TheNewestSnapshotDecides) {
    const Seen seen = seen_by(10, 1, "evt_b");
    EXPECT_EQ(compare(seen, {11, 0, "evt_a"}), Standing::newer);
    EXPECT_EQ(compare(seen, {9, 2, "evt_c"}), Standing::older);
    EXPECT_EQ(compare(seen, {10, 1, "evt_b"}), Standing::older);
    EXPECT_EQ(compare(seen, {10, 1, "evt_c"}), Standing::tie);
}

TEST(Precedence, AnEventOfItsOwnBeatsACopyInsideAnother) {
    EXPECT_EQ(compare(seen_by(10, kEmbeddedRank, "evt_b"), {1, 0, "evt_a"}), Standing::newer);
    EXPECT_EQ(compare(seen_by(1, 0, "evt_a"), {10, kEmbeddedRank, "evt_b"}), Standing::older);
}

TEST(Precedence, OfCopiesTheEarliestDecidesSoThatLaterOnesNeedNoWrite) {
    const Seen seen = seen_by(10, kEmbeddedRank, "evt_b");
    EXPECT_EQ(compare(seen, {11, kEmbeddedRank, "evt_a"}), Standing::older);
    EXPECT_EQ(compare(seen, {9, kEmbeddedRank, "evt_c"}), Standing::newer);
    EXPECT_EQ(compare(seen, {10, kEmbeddedRank, "evt_a"}), Standing::newer);
    EXPECT_EQ(compare(seen, {10, kEmbeddedRank, "evt_c"}), Standing::older);
}

TEST(Precedence, KeepsTheWholeGroupOfASecond) {
    Seen seen;
    take(seen, {10, 1, "evt_b"}, {"evt_c", "evt_b", "evt_a"});
    EXPECT_EQ(seen.event_id, "evt_b");
    EXPECT_EQ(seen.ties, "evt_a evt_c");
    EXPECT_EQ(group_of(seen), (std::vector<std::string>{"evt_b", "evt_a", "evt_c"}));
    take(seen, {11, 1, "evt_d"});
    EXPECT_EQ(group_of(seen), (std::vector<std::string>{"evt_d"}));
}

// Who is last must not depend on the order in which the group is listed.
std::string last_in_any_order(std::vector<Candidate> group) {
    std::string last;
    std::sort(group.begin(), group.end(),
              [](const Candidate &a, const Candidate &b) { return a.event_id < b.event_id; });
    do {
        const std::string found = group[last_of(group)].event_id;
        EXPECT_TRUE(last.empty() || last == found);
        last = found;
    } while (std::next_permutation(
        group.begin(), group.end(),
        [](const Candidate &a, const Candidate &b) { return a.event_id < b.event_id; }));
    return last;
}

TEST(Precedence, FollowsTheChainOfOneSecond) {
    // 5 -> 8 -> 3, with ids that would say otherwise.
    EXPECT_EQ(last_in_any_order({{1, "evt_c", 8, 5}, {1, "evt_a", 3, 8}}), "evt_a");
    EXPECT_EQ(last_in_any_order({{1, "evt_c", 8, 5}, {1, "evt_b", 3, 8}, {1, "evt_a", 9, 3}}),
              "evt_a");
}

TEST(Precedence, WithoutAChainTheRankDecidesAndThenTheId) {
    EXPECT_EQ(last_in_any_order({{4, "evt_a", 1, {}}, {1, "evt_b", 2, {}}}), "evt_a");
    EXPECT_EQ(last_in_any_order({{1, "evt_a", 1, {}}, {1, "evt_b", 2, {}}}), "evt_b");
    // There and back within a second: a circle, and nobody is last by the chain.
    EXPECT_EQ(last_in_any_order({{1, "evt_a", 8, 5}, {1, "evt_b", 5, 8}}), "evt_b");
}

} // namespace
} // namespace billing::core
