#include "http/limits.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/connections.hpp"

namespace billing::worker::http {
namespace {

using std::chrono::milliseconds;

constexpr SteadyTime kStart{std::chrono::hours{1}};

Limits small_limits() {
    Limits limits;
    limits.max_body_bytes = 100;
    limits.header_timeout = milliseconds{10};
    limits.body_timeout = milliseconds{20};
    limits.idle_timeout = milliseconds{60};
    return limits;
}

TEST(Limits, EveryPhaseButWaitingEnds) {
    const auto limits = small_limits();
    EXPECT_EQ(phase_deadline(limits, Phase::connected, kStart), kStart + milliseconds{10});
    EXPECT_EQ(phase_deadline(limits, Phase::head, kStart), kStart + milliseconds{10});
    EXPECT_EQ(phase_deadline(limits, Phase::body, kStart), kStart + milliseconds{20});
    EXPECT_EQ(phase_deadline(limits, Phase::answering, kStart), kStart + milliseconds{20});
    EXPECT_EQ(phase_deadline(limits, Phase::idle, kStart), kStart + milliseconds{60});
    EXPECT_EQ(phase_deadline(limits, Phase::waiting, kStart), SteadyTime::max());
}

TEST(Limits, ABodyIsKeptUpToItsLimitThenDiscardedThenCut) {
    const auto limits = small_limits();
    EXPECT_EQ(judge_body(limits, 0), BodyVerdict::keep);
    EXPECT_EQ(judge_body(limits, 100), BodyVerdict::keep);
    EXPECT_EQ(judge_body(limits, 101), BodyVerdict::discard_too_large);
    EXPECT_EQ(judge_body(limits, 400), BodyVerdict::discard_too_large);
    EXPECT_EQ(judge_body(limits, 401), BodyVerdict::cut);
}

TEST(Budget, RefusesWhatDoesNotFitAndForgetsTheRefusal) {
    Budget budget{100};
    EXPECT_TRUE(budget.take(60));
    EXPECT_FALSE(budget.take(41));
    EXPECT_TRUE(budget.take(40));
    budget.give_back(100);
    EXPECT_EQ(budget.held(), 0);
}

class SocketPair {
  public:
    SocketPair() { socketpair(AF_UNIX, SOCK_STREAM, 0, ends_); }
    ~SocketPair() {
        close(ends_[0]);
        close(ends_[1]);
    }
    int served() const { return ends_[0]; }
    // The other side sees the end of the stream once the socket was shut.
    bool ended() const {
        char byte = 0;
        return recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 0;
    }

  private:
    int ends_[2]{};
};

TEST(Connections, AreCutOnceWhenTheirTimeIsOver) {
    SocketPair slow;
    SocketPair good;
    Connections connections;
    Connections::set_deadline(connections.add(slow.served()), kStart);
    Connections::set_deadline(connections.add(good.served()), kStart + milliseconds{1});
    EXPECT_EQ(connections.cut_overdue(kStart - milliseconds{1}), 0U);
    EXPECT_FALSE(slow.ended());
    EXPECT_EQ(connections.cut_overdue(kStart), 1U);
    EXPECT_TRUE(slow.ended());
    EXPECT_FALSE(good.ended());
    EXPECT_EQ(connections.cut_overdue(kStart), 0U);
}

TEST(Connections, ThatAreClosedAreNeverCut) {
    SocketPair pair;
    Connections connections;
    auto &connection = connections.add(pair.served());
    Connections::set_deadline(connection, kStart);
    EXPECT_EQ(connections.size(), 1U);
    connections.remove(connection);
    EXPECT_EQ(connections.size(), 0U);
    EXPECT_EQ(connections.cut_overdue(kStart), 0U);
    EXPECT_FALSE(pair.ended());
}

} // namespace
} // namespace billing::worker::http
