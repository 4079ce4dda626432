#include "http/router.hpp"

#include <gtest/gtest.h>

namespace billing::worker::http {
namespace {

class Nothing final : public Handler {
  public:
    std::optional<Answer> handle(Exchange &) override { return Answer{}; }
};

class RouterTest : public testing::Test {
  protected:
    RouterTest() {
        router_.add("POST", "/webhooks/stripe", common_);
        router_.add("POST", "/webhooks/stripe/{}", own_);
        router_.add("GET", "/livez", live_);
    }

    Nothing common_;
    Nothing own_;
    Nothing live_;
    Router router_;
};

TEST_F(RouterTest, FindsTheExactPath) {
    EXPECT_EQ(router_.find("POST", "/webhooks/stripe").handler, &common_);
    EXPECT_EQ(router_.find("GET", "/livez").handler, &live_);
}

TEST_F(RouterTest, TakesTheLastPartAsTheParameter) {
    const auto match = router_.find("POST", "/webhooks/stripe/abc");
    EXPECT_EQ(match.handler, &own_);
    EXPECT_EQ(match.parameter, "abc");
}

TEST_F(RouterTest, KnowsNoPathThatOnlyLooksAlike) {
    for (const auto *path : {"", "/", "/webhooks", "/webhooks/stripe/", "/webhooks/stripe/a/b",
                             "/webhooks/stripes", "/livez/", "/LIVEZ", "//livez"}) {
        const auto match = router_.find("POST", path);
        EXPECT_EQ(match.handler, nullptr) << path;
        EXPECT_EQ(match.allow, nullptr) << path;
    }
}

TEST_F(RouterTest, SaysWhichMethodAPathTakes) {
    const auto match = router_.find("PUT", "/webhooks/stripe");
    EXPECT_EQ(match.handler, nullptr);
    EXPECT_STREQ(match.allow, "POST");
}

TEST_F(RouterTest, AnswersHeadWhereGetIsAnswered) {
    EXPECT_EQ(router_.find("HEAD", "/livez").handler, &live_);
    EXPECT_EQ(router_.find("HEAD", "/webhooks/stripe").handler, nullptr);
}

} // namespace
} // namespace billing::worker::http
