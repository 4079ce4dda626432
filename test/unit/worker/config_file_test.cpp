// Secrets from files, and the settings file.

#include <gtest/gtest.h>

#include "config_support.hpp"
#include "webhook/secrets.hpp"

namespace billing::worker::config {
namespace {

TEST(ConfigFile, SecretsMayComeFromAFile) {
    const TemporaryFile secret{"whsec_one\nwhsec_two\n"};
    const auto loaded =
        from_environment({{"PG_BILLING_STRIPE_WEBHOOK_SECRETS_FILE", secret.path()}});
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_TRUE(loaded.unknown_variables.empty());
    EXPECT_EQ(revealed(loaded.settings.webhook_secrets), (Names{"whsec_one", "whsec_two"}));
}

TEST(ConfigFile, ASecretsFileThatCannotBeReadIsAProblemOfThatVariable) {
    const auto loaded = from_environment({{"PG_BILLING_STRIPE_API_KEY_FILE", "/nowhere/key"}});
    EXPECT_EQ(problem_variables(loaded), (Names{"PG_BILLING_STRIPE_API_KEY_FILE"}));
}

TEST(ConfigFile, ASecretGivenTwiceIsAProblem) {
    const TemporaryFile secret{"sk_test_file"};
    const auto loaded = from_environment({{"PG_BILLING_STRIPE_API_KEY", "sk_test_env"},
                                          {"PG_BILLING_STRIPE_API_KEY_FILE", secret.path()}});
    EXPECT_EQ(problem_variables(loaded), (Names{"PG_BILLING_STRIPE_API_KEY"}));
}

TEST(ConfigFile, WhatIsNoSecretHasNoFileForm) {
    const auto loaded = from_environment({{"PG_BILLING_LISTEN_FILE", "/etc/hostname"}});
    EXPECT_EQ(loaded.unknown_variables, (Names{"PG_BILLING_LISTEN_FILE"}));
    EXPECT_EQ(loaded.settings.listen.port, 8090);
}

TEST(ConfigFile, TheFileKnowsTheSameSettings) {
    const auto loaded = from_file(R"(
        listen = "0.0.0.0:80"
        lanes = 4
        stripe_webhook_secrets = ["whsec_a", "whsec_b"]
        body_timeout = "5s"
    )");
    ASSERT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.settings.listen.host, "0.0.0.0");
    EXPECT_EQ(loaded.settings.lanes, 4);
    EXPECT_EQ(revealed(loaded.settings.webhook_secrets), (Names{"whsec_a", "whsec_b"}));
    EXPECT_EQ(loaded.settings.body_timeout.count(), 5000);
}

TEST(ConfigFile, TheEnvironmentWinsOverTheFile) {
    const auto loaded =
        from_file("lanes = 4\npoll_interval = \"2s\"\n", {{"PG_BILLING_LANES", "7"}});
    EXPECT_EQ(loaded.settings.lanes, 7);
    EXPECT_EQ(loaded.settings.poll_interval.count(), 2000);
}

TEST(ConfigFile, OrganizationsHaveSecretsOfTheirOwn) {
    const TemporaryFile secret{"whsec_from_file\n"};
    const auto loaded =
        from_file("stripe_webhook_secrets = \"whsec_common\"\n"
                  "[[organizations]]\nid = \"" +
                  std::string{kOne} +
                  "\"\nstripe_webhook_secrets = [\"whsec_1a\", \"whsec_1b\"]\n"
                  "[[organizations]]\nid = \"" +
                  kTwo + "\"\nstripe_webhook_secrets_file = \"" + secret.path() + "\"\n");
    ASSERT_TRUE(loaded.problems.empty());
    const webhook::SecretBook book{loaded.settings};
    const auto of = [&](const std::optional<Uuid> &id) {
        const auto found = book.for_organization(id);
        return revealed({found.begin(), found.end()});
    };
    EXPECT_EQ(of(parse_uuid(kOne)), (Names{"whsec_1a", "whsec_1b"}));
    EXPECT_EQ(of(parse_uuid(kTwo)), (Names{"whsec_from_file"}));
    EXPECT_EQ(of(parse_uuid("33333333-3333-3333-3333-333333333333")), (Names{"whsec_common"}));
    EXPECT_EQ(of(std::nullopt), (Names{"whsec_common"}));
}

TEST(ConfigFile, AnOrganizationsEmptyListSwitchesItsEndpointOff) {
    const auto loaded = from_file("stripe_webhook_secrets = \"whsec_common\"\n"
                                  "[[organizations]]\nid = \"" +
                                  std::string{kOne} + "\"\n");
    ASSERT_TRUE(loaded.problems.empty());
    EXPECT_TRUE(webhook::SecretBook{loaded.settings}.for_organization(parse_uuid(kOne)).empty());
}

TEST(ConfigFile, MistakesOfTheFileAreNamedByTheirPlace) {
    const auto loaded = from_file("listn = \"x\"\nlanes = 1.5\n"
                                  "[[organizations]]\nid = \"acme\"\n"
                                  "[[organizations]]\nid = \"" +
                                  std::string{kOne} +
                                  "\"\nsecret = \"x\"\nstripe_webhook_secrets = [1]\n"
                                  "[[organizations]]\nid = \"" +
                                  kOne + "\"\n");
    EXPECT_EQ(problem_variables(loaded),
              (Names{"LISTN", "lanes", "organizations[1].id", "organizations[2].secret",
                     "organizations[2].stripe_webhook_secrets", "organizations[3].id"}));
}

TEST(ConfigFile, AFileThatIsNoTomlIsAProblemThatQuotesNothing) {
    const auto loaded = from_file("stripe_api_key = \"sk_live_hidden\nlanes = 2\n");
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_EQ(loaded.problems[0].variable, "--config");
    EXPECT_EQ(loaded.problems[0].message.find("sk_live_hidden"), std::string::npos);
    EXPECT_EQ(problem_variables(load({}, "/nowhere/worker.toml")), (Names{"--config"}));
}

} // namespace
} // namespace billing::worker::config
