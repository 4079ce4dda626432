#include "core/email.hpp"

#include <gtest/gtest.h>

#include <string>

namespace billing::core {

TEST(Email, TakesWhatPeopleHave) {
    for (const char *text : {"ada@example.com", "a@b.co", "first.last@mail.example.co.uk",
                             "x+tag@example.com", "o'hara@example.ie", "1@2.3",
                             "under_score@ex-ample.com", "jos\xc3\xa9@ex\xc3\xa4mple.de"}) {
        EXPECT_TRUE(is_email(text)) << text;
    }
}

TEST(Email, RefusesWhatIsNone) {
    for (const char *text : {"",
                             "@",
                             "ada",
                             "ada@",
                             "@example.com",
                             "ada@localhost",
                             "ada@example..com",
                             "ada@.example.com",
                             "ada@example.com.",
                             ".ada@example.com",
                             "ada.@example.com",
                             "a..b@example.com",
                             "ada@-example.com",
                             "ada@example-.com",
                             "a b@example.com",
                             "ada@exam ple.com",
                             "ada@example.com ",
                             "ada@ex@ample.com",
                             "ada\n@example.com",
                             "ada@example.com\n",
                             "Ada <ada@example.com>",
                             "ada@[127.0.0.1]",
                             "a,b@example.com",
                             "\"a b\"@example.com"}) {
        EXPECT_FALSE(is_email(text)) << text;
    }
}

TEST(Email, HoldsTheLengthsOfTheStandard) {
    const std::string domain = "@" + std::string(61, 'd') + ".com";
    EXPECT_TRUE(is_email(std::string(64, 'l') + domain));
    EXPECT_FALSE(is_email(std::string(65, 'l') + domain));
    EXPECT_TRUE(is_email("a@" + std::string(63, 'd') + ".com"));
    EXPECT_FALSE(is_email("a@" + std::string(64, 'd') + ".com"));
    std::string labels;
    while (labels.size() < 200) {
        labels += std::string(49, 'd') + ".";
    }
    const std::string tail = labels + std::string(51, 'c'); // 251 bytes
    EXPECT_TRUE(is_email("ab@" + tail));                    // 254
    EXPECT_FALSE(is_email("abc@" + tail));                  // 255
}

} // namespace billing::core
