#include "cli/command.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace billing::worker::cli {
namespace {

Parsed parse_words(std::vector<const char *> words) {
    words.insert(words.begin(), "pg_billing_worker");
    // What CLI11 has to say about a wrong line belongs to the user, not to the test's output.
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    auto parsed = parse(static_cast<int>(words.size()), words.data());
    testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    return parsed;
}

TEST(CommandLine, KnowsItsCommands) {
    EXPECT_EQ(parse_words({"run"}).invocation->command, Command::run);
    EXPECT_EQ(parse_words({"check-config"}).invocation->command, Command::check_config);
    EXPECT_EQ(parse_words({"version"}).invocation->command, Command::version);
}

TEST(CommandLine, TakesTheFileAndTheFormat) {
    const auto parsed = parse_words({"check-config", "--config", "/etc/worker.toml", "--json"});
    ASSERT_TRUE(parsed.invocation);
    EXPECT_EQ(parsed.invocation->config_path, "/etc/worker.toml");
    EXPECT_TRUE(parsed.invocation->json);
    EXPECT_FALSE(parse_words({"run"}).invocation->config_path);
}

TEST(CommandLine, WrongUsageIsMisconfiguration) {
    for (const auto &words : std::vector<std::vector<const char *>>{
             {}, {"start"}, {"run", "--port", "1"}, {"run", "--config"}, {"version", "extra"}}) {
        const auto parsed = parse_words(words);
        EXPECT_FALSE(parsed.invocation);
        EXPECT_EQ(parsed.exit_code, kMisconfigured);
    }
}

TEST(CommandLine, HelpIsSuccess) {
    const auto parsed = parse_words({"--help"});
    EXPECT_FALSE(parsed.invocation);
    EXPECT_EQ(parsed.exit_code, kSuccess);
}

} // namespace
} // namespace billing::worker::cli
