#include "http/answer.hpp"

#include <gtest/gtest.h>

namespace billing::worker::http {
namespace {

TEST(Answer, OfAnErrorIsTheEnvelope) {
    const WallTime now{std::chrono::seconds{1709208000}}; // 2024-02-29 12:00:00 UTC
    const auto answer = refuse({400, "invalid_event", "event has no id", {{"body", "no id"}}},
                               "/webhooks/stripe", now);
    EXPECT_EQ(answer.status, 400U);
    EXPECT_STREQ(answer.content_type, "application/json");
    EXPECT_EQ(answer.body, R"({"statusCode":400,"message":"event has no id",)"
                           R"("errors":[{"field":"body","message":"no id"}],)"
                           R"("timestamp":"2024-02-29T12:00:00.000Z",)"
                           R"("path":"/webhooks/stripe","code":"invalid_event"})");
}

TEST(Answer, StaysJsonWhateverThePathHolds) {
    const auto answer = refuse({404, "not_found", "no such path"}, "/\"\xff\n", WallTime{});
    EXPECT_NE(answer.body.find("\"path\":\"/\\\"\xEF\xBF\xBD\\n\""), std::string::npos);
}

TEST(Answer, CarriesWhenToComeAgain) {
    const auto answer =
        refuse({503, "overloaded", "too many", {}, std::chrono::seconds{5}, true}, "/", {});
    EXPECT_EQ(answer.retry_after.count(), 5);
    EXPECT_TRUE(answer.close);
}

} // namespace
} // namespace billing::worker::http
