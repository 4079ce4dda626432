#include "config/load.hpp"

#include <gtest/gtest.h>

#include "config/definitions.hpp"
#include "config/show.hpp"
#include "config_support.hpp"

namespace billing::worker::config {
namespace {

TEST(Config, DefaultsAreSound) {
    const auto loaded = from_environment({});
    EXPECT_TRUE(loaded.problems.empty());
    const auto &settings = loaded.settings;
    EXPECT_EQ(settings.listen.host, "127.0.0.1");
    EXPECT_EQ(settings.listen.port, 8090);
    EXPECT_EQ(settings.admin_listen.port, 8091);
    EXPECT_EQ(settings.max_body_bytes, 1'048'576);
    EXPECT_TRUE(settings.webhook_secrets.empty());
    EXPECT_FALSE(settings.organization_id);
    EXPECT_EQ(settings.stripe_api_base, "https://api.stripe.com");
    EXPECT_EQ(settings.poll_interval.count(), 1000);
}

TEST(Config, EnvironmentIsRead) {
    const auto loaded = from_environment({{"PG_BILLING_LISTEN", "[::1]:0"},
                                          {"PG_BILLING_ADMIN_LISTEN", "unix:/run/pgb.sock"},
                                          {"PG_BILLING_ORGANIZATION_ID", kOne},
                                          {"PG_BILLING_STRIPE_WEBHOOK_SECRETS", "whsec_a, whsec_b"},
                                          {"PG_BILLING_BODY_TIMEOUT", "1500ms"},
                                          {"PG_BILLING_BATCH_BYTES", "2MiB"},
                                          {"PG_BILLING_LANES", "0"},
                                          {"PG_BILLING_LOG_LEVEL", "debug"}});
    ASSERT_TRUE(loaded.problems.empty());
    const auto &settings = loaded.settings;
    EXPECT_EQ(settings.listen.host, "::1");
    EXPECT_EQ(settings.listen.port, 0);
    EXPECT_EQ(settings.admin_listen.path, "/run/pgb.sock");
    EXPECT_EQ(settings.organization_id, parse_uuid(kOne));
    EXPECT_EQ(revealed(settings.webhook_secrets), (Names{"whsec_a", "whsec_b"}));
    EXPECT_EQ(settings.body_timeout.count(), 1500);
    EXPECT_EQ(settings.batch_bytes, 2 * 1'048'576);
    EXPECT_EQ(settings.lanes, 0);
    EXPECT_EQ(settings.log_level, log::Level::debug);
}

TEST(Config, AnEmptyVariableIsNotSet) {
    EXPECT_EQ(from_environment({{"PG_BILLING_LISTEN", ""}}).settings.listen.port, 8090);
}

TEST(Config, EveryMistakeIsShownAtOnceByItsVariable) {
    const auto loaded = from_environment({{"PG_BILLING_DATABASE_URL", "not a url"},
                                          {"PG_BILLING_LISTEN", "8090"},
                                          {"PG_BILLING_ADMIN_LISTEN", "localhost:70000"},
                                          {"PG_BILLING_ORGANIZATION_ID", "acme"},
                                          {"PG_BILLING_STRIPE_WEBHOOK_SECRETS", "whsec a"},
                                          {"PG_BILLING_STRIPE_API_KEY", "sk test"},
                                          {"PG_BILLING_STRIPE_API_BASE", "http://example.com"},
                                          {"PG_BILLING_STRIPE_API_VERSION", "latest"},
                                          {"PG_BILLING_REDIS_URL", "localhost:6379"},
                                          {"PG_BILLING_LOG_LEVEL", "loud"},
                                          {"PG_BILLING_MAX_BODY_BYTES", "17MiB"},
                                          {"PG_BILLING_LANES", "-1"},
                                          {"PG_BILLING_POLL_INTERVAL", "1h"}});
    EXPECT_EQ(
        problem_variables(loaded),
        (Names{"PG_BILLING_ADMIN_LISTEN", "PG_BILLING_DATABASE_URL", "PG_BILLING_LANES",
               "PG_BILLING_LISTEN", "PG_BILLING_LOG_LEVEL", "PG_BILLING_MAX_BODY_BYTES",
               "PG_BILLING_ORGANIZATION_ID", "PG_BILLING_POLL_INTERVAL", "PG_BILLING_REDIS_URL",
               "PG_BILLING_STRIPE_API_BASE", "PG_BILLING_STRIPE_API_KEY",
               "PG_BILLING_STRIPE_API_VERSION", "PG_BILLING_STRIPE_WEBHOOK_SECRETS"}));
}

TEST(Config, BoundsAreSaidInTheProblem) {
    const auto loaded = from_environment({{"PG_BILLING_LANES", "65"}});
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_EQ(loaded.problems[0].message, "must be between 0 and 64");
}

TEST(Config, AddressesThatCannotBeUsedAreRefused) {
    for (const auto *bad : {":8090", "localhost", "localhost:", "localhost:x", "localhost:65536",
                            "::1:8090", "unix:relative", "unix:"}) {
        EXPECT_EQ(problem_variables(from_environment({{"PG_BILLING_LISTEN", bad}})),
                  (Names{"PG_BILLING_LISTEN"}))
            << bad;
    }
}

TEST(Config, ThePlainApiIsForLoopbackOnly) {
    for (const auto *good : {"https://api.stripe.com", "http://localhost:12111",
                             "http://127.0.0.1:1", "http://[::1]:12111/v1"}) {
        EXPECT_TRUE(from_environment({{"PG_BILLING_STRIPE_API_BASE", good}}).problems.empty())
            << good;
    }
    for (const auto *bad : {"http://localhost.example.com", "https://", "https://user@host",
                            "http://127.0.0.1@example.com", "ftp://localhost", "https://a b"}) {
        EXPECT_EQ(from_environment({{"PG_BILLING_STRIPE_API_BASE", bad}}).problems.size(), 1U)
            << bad;
    }
}

TEST(Config, ApiVersionsMayHaveAName) {
    for (const auto *good : {"2024-06-20", "2025-03-31.basil"}) {
        EXPECT_TRUE(from_environment({{"PG_BILLING_STRIPE_API_VERSION", good}}).problems.empty());
    }
    for (const auto *bad : {"2025-3-31", "2025-03-31.", "2025-03-31basil", "2025-03-31.Basil"}) {
        EXPECT_EQ(from_environment({{"PG_BILLING_STRIPE_API_VERSION", bad}}).problems.size(), 1U);
    }
}

TEST(Config, UnknownVariablesAreNamedButHarmless) {
    const auto loaded = from_environment({{"PG_BILLING_LISTENER", "x"}});
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.unknown_variables, (Names{"PG_BILLING_LISTENER"}));
}

TEST(Config, ReportsNeverHoldASecret) {
    const Environment environment{
        {"PG_BILLING_DATABASE_URL", "postgresql://worker:hunter2@db.internal:5433/billing"},
        {"PG_BILLING_STRIPE_WEBHOOK_SECRETS", "whsec_hidden_a,whsec_hidden_b"},
        {"PG_BILLING_STRIPE_API_KEY", "sk_live_hidden"},
        {"PG_BILLING_REDIS_URL", "redis://:hidden@localhost"}};
    const auto loaded = from_file("[[organizations]]\nid = \"" + std::string{kOne} +
                                      "\"\nstripe_webhook_secrets = \"whsec_hidden_c\"\n",
                                  environment);
    ASSERT_TRUE(loaded.problems.empty());
    for (const auto &report : {report_text(loaded), report_json(loaded)}) {
        EXPECT_EQ(report.find("hidden"), std::string::npos);
        EXPECT_EQ(report.find("hunter2"), std::string::npos);
        EXPECT_NE(report.find("db.internal"), std::string::npos);
        EXPECT_NE(report.find("[redacted] x 2"), std::string::npos);
    }
}

TEST(Config, ReportsOfMistakesNeverHoldASecret) {
    const auto loaded =
        from_environment({{"PG_BILLING_DATABASE_URL", "postgresql://worker:hunter2@db:port/x"},
                          {"PG_BILLING_STRIPE_API_KEY", "sk_live hidden"},
                          {"PG_BILLING_STRIPE_WEBHOOK_SECRETS", "whsec hidden"},
                          {"PG_BILLING_REDIS_URL", "hidden"}});
    EXPECT_FALSE(loaded.problems.empty());
    for (const auto &report : {report_text(loaded), report_json(loaded)}) {
        EXPECT_EQ(report.find("hidden"), std::string::npos);
        EXPECT_EQ(report.find("hunter2"), std::string::npos);
    }
}

TEST(Config, EveryDefaultPassesItsOwnCheck) {
    for (const auto &definition : definitions()) {
        Settings settings;
        EXPECT_EQ(definition.assign(settings, definition.fallback), "") << definition.name;
        EXPECT_FALSE(definition.about.empty()) << definition.name;
    }
}

} // namespace
} // namespace billing::worker::config
