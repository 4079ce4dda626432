#include "applier/key_use.hpp"

#include <gtest/gtest.h>

namespace billing::worker::applier {
namespace {

const std::string kOne = "01a202e5-00e9-7000-bf11-b24a70ee9b27";
const std::string kOther = "01a202e5-00eb-7000-a301-dbcfbebb4f0e";

TEST(KeyUse, AKeyIsNotedOnce) {
    KeyUse key_use;
    key_use.note(kOne + " " + kOther);
    key_use.note(kOne + " " + kOther);
    EXPECT_EQ(key_use.size(), 1U);
    key_use.note(kOther + " " + kOther);
    EXPECT_EQ(key_use.size(), 2U);
}

TEST(KeyUse, WhatAnybodyElseSendsIsPassedOver) {
    KeyUse key_use;
    for (const std::string &payload :
         {std::string(), std::string(" "), kOne, kOne + " ", " " + kOne, kOne + "  " + kOne,
          kOne + " " + kOne + "}'; SELECT 1", "x " + kOne, kOne + " {" + kOne.substr(1)}) {
        key_use.note(payload);
    }
    EXPECT_EQ(key_use.size(), 0U);
}

TEST(KeyUse, IsBounded) {
    KeyUse key_use;
    for (size_t i = 0; i < KeyUse::kMost + 5; ++i) {
        const std::string digits = std::to_string(100000 + i);
        key_use.note(kOne + " 01a202e5-00e9-7000-bf11-b24a70" + digits);
    }
    EXPECT_EQ(key_use.size(), KeyUse::kMost);
}

} // namespace
} // namespace billing::worker::applier
