#include "core/text.hpp"

#include <gtest/gtest.h>

namespace billing::core {

TEST(Text, CountsCharactersAndNotBytes) {
    EXPECT_EQ(characters_in(""), 0);
    EXPECT_EQ(characters_in("abc"), 3);
    EXPECT_EQ(characters_in("J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x8e\x89"), 10);
}

TEST(Text, ClipsBetweenCharacters) {
    EXPECT_EQ(clipped("abc", 3), "abc");
    EXPECT_EQ(clipped("abcd", 3), "abc...");
    EXPECT_EQ(clipped("ab\xe2\x82\xac", 4), "ab...");
    EXPECT_EQ(clipped("ab\xe2\x82\xac!", 5), "ab\xe2\x82\xac...");
}

TEST(Text, SeesControlCharacters) {
    EXPECT_FALSE(has_control_characters("a b\xc2\xa0"));
    EXPECT_TRUE(has_control_characters("a\tb"));
    EXPECT_TRUE(has_control_characters("a\x7f"));
}

} // namespace billing::core
