// Waiting times, log lines, histograms and wake-ups.
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>

#include "base/backoff.hpp"
#include "base/histogram.hpp"
#include "base/log.hpp"
#include "base/wake.hpp"

namespace billing::worker {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToItsLongestAndStaysInTheUpperHalf) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Backoff backoff{milliseconds{100}, milliseconds{1000}, seed};
        for (const int full : {100, 200, 400, 800, 1000, 1000}) {
            const auto delay = backoff.next().count();
            EXPECT_GE(delay, full / 2);
            EXPECT_LE(delay, full);
        }
    }
}

TEST(Backoff, StartsAgainAfterASuccess) {
    Backoff backoff{milliseconds{100}, milliseconds{1000}, 7};
    backoff.next();
    backoff.next();
    backoff.reset();
    EXPECT_LE(backoff.next().count(), 100);
}

TEST(Backoff, OfTwoWorkersDiffers) {
    Backoff one{milliseconds{10'000}, milliseconds{10'000}, 1};
    Backoff other{milliseconds{10'000}, milliseconds{10'000}, 2};
    EXPECT_NE(one.next(), other.next());
}

TEST(Log, LineIsOneJsonObject) {
    const WallTime now{std::chrono::milliseconds{1709208000250}};
    EXPECT_EQ(log::format(now, log::Level::warn, "lane_error",
                          {{"message", "a \"b\"\n"}, {"count", 3}, {"final", true}}),
              R"({"time":"2024-02-29T12:00:00.250Z","level":"warn","event":"lane_error",)"
              R"("message":"a \"b\"\n","count":3,"final":true})");
}

TEST(Log, TimestampPadsItsFraction) {
    EXPECT_EQ(log::timestamp(WallTime{milliseconds{7}}), "1970-01-01T00:00:00.007Z");
}

TEST(Log, ThrottleLetsAFewLinesASecondThrough) {
    log::Throttle throttle{2};
    const SteadyTime second{std::chrono::seconds{100}};
    EXPECT_TRUE(throttle.admit(second));
    EXPECT_TRUE(throttle.admit(second + milliseconds{500}));
    EXPECT_FALSE(throttle.admit(second + milliseconds{999}));
    EXPECT_TRUE(throttle.admit(second + milliseconds{1000}));
}

TEST(Histogram, CountsAnObservationInTheFirstBucketThatHoldsIt) {
    Histogram<2> histogram{{1.0, 10.0}};
    for (const double value : {0.5, 1.0, 1.5, 10.0, 11.0}) {
        histogram.observe(value);
    }
    EXPECT_EQ(histogram.count(0), 2U);
    EXPECT_EQ(histogram.count(1), 2U);
    EXPECT_EQ(histogram.count(2), 1U);
    EXPECT_DOUBLE_EQ(histogram.sum(), 24.0);
}

TEST(Wake, IsReadableUntilCleared) {
    const Wake wake;
    pollfd watched{wake.fd(), POLLIN, 0};
    EXPECT_EQ(poll(&watched, 1, 0), 0);
    wake.signal();
    wake.signal();
    EXPECT_EQ(poll(&watched, 1, 0), 1);
    wake.clear();
    EXPECT_EQ(poll(&watched, 1, 0), 0);
}

TEST(Wake, EndsASleepInAnotherThread) {
    const Wake wake;
    std::thread other{[&wake] { wake.signal(); }};
    pollfd watched{wake.fd(), POLLIN, 0};
    EXPECT_EQ(poll(&watched, 1, 60'000), 1);
    other.join();
}

} // namespace
} // namespace billing::worker
