#include <thread>

#include <gtest/gtest.h>

#include "applier/bell.hpp"
#include "applier/lane.hpp"

namespace billing::worker::applier {
namespace {

using std::chrono::milliseconds;

TEST(Lane, GoesOnWhileItMoves) {
    EXPECT_TRUE(go_on({200, 0, 800}));
    EXPECT_TRUE(go_on({0, 3, 0}));
    EXPECT_TRUE(go_on({5, 0, 0}));
}

TEST(Lane, WaitsWhenNothingMovesThoughSomethingRemains) {
    EXPECT_FALSE(go_on({0, 0, 0}));
    EXPECT_FALSE(go_on({0, 0, 17}));
}

TEST(Bell, ARingDuringWorkIsNotLost) {
    Bell bell;
    const auto heard = bell.wait(0, milliseconds{0});
    bell.ring();
    EXPECT_NE(bell.wait(heard, milliseconds{60'000}), heard);
}

TEST(Bell, WakesEveryLane) {
    Bell bell;
    std::thread one{[&bell] { bell.wait(0, milliseconds{60'000}); }};
    std::thread other{[&bell] { bell.wait(0, milliseconds{60'000}); }};
    bell.ring();
    one.join();
    other.join();
}

TEST(Bell, RungOutNeverLetsAnyoneSleepAgain) {
    Bell bell;
    bell.ring_out();
    const auto heard = bell.wait(0, milliseconds{60'000});
    EXPECT_EQ(bell.wait(heard, milliseconds{60'000}), heard);
}

TEST(Bell, WithoutARingOnlyTheTimePasses) {
    Bell bell;
    EXPECT_EQ(bell.wait(0, milliseconds{1}), 0U);
}

} // namespace
} // namespace billing::worker::applier
