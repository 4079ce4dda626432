#include "base/text.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/json_text.hpp"
#include "base/uuid.hpp"

namespace billing::worker {
namespace {

using std::chrono::milliseconds;

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(Text, ListsAreTrimmedAndEmptyPartsLeftOut) {
    EXPECT_EQ(split_list(" a, b ,,c\n", ",\n"), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_TRUE(split_list(" , ", ",").empty());
}

TEST(Text, IntegersAreReadWholeOrNotAtAll) {
    EXPECT_EQ(parse_integer<int>("42"), 42);
    EXPECT_EQ(parse_integer<std::uint16_t>("65535"), 65535);
    for (const auto *bad : {"", " 1", "1 ", "+1", "1x", "99999999999999999999"}) {
        EXPECT_FALSE(parse_integer<std::int64_t>(bad)) << bad;
    }
    EXPECT_FALSE(parse_integer<std::uint16_t>("65536"));
}

TEST(Text, DurationsHaveUnits) {
    EXPECT_EQ(parse_duration("250ms"), milliseconds{250});
    EXPECT_EQ(parse_duration("10s"), milliseconds{10'000});
    EXPECT_EQ(parse_duration("10"), milliseconds{10'000});
    EXPECT_EQ(parse_duration("2m"), milliseconds{120'000});
    for (const auto *bad : {"", "s", "1h", "-1s", "1.5s", "1 s", "9223372036854775807s"}) {
        EXPECT_FALSE(parse_duration(bad)) << bad;
    }
}

TEST(Text, SizesHaveUnits) {
    EXPECT_EQ(parse_size("65536"), 65'536);
    EXPECT_EQ(parse_size("64KiB"), 65'536);
    EXPECT_EQ(parse_size("1MiB"), 1'048'576);
    for (const auto *bad : {"", "KiB", "1kb", "1 MiB", "-1"}) {
        EXPECT_FALSE(parse_size(bad)) << bad;
    }
}

TEST(Text, RandomIdsAreSixteenDigitsAndDiffer) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) {
        ids.insert(random_id());
    }
    EXPECT_EQ(ids.size(), 1000U);
    EXPECT_EQ(ids.begin()->size(), 16U);
}

TEST(JsonText, EscapesWhatJsonForbids) {
    EXPECT_EQ(quoted("a\"b\\c\nd\te\x01\x7f"), R"("a\"b\\c\nd\u0009e\u0001\u007f")");
    EXPECT_EQ(quoted(std::string_view{"\0", 1}), R"("\u0000")");
}

TEST(JsonText, KeepsUtf8AndReplacesWhatIsNone) {
    EXPECT_EQ(quoted("Zoë €\U0001F600"), "\"Zoë €\U0001F600\"");
    // A lone continuation, a cut sequence, an overlong slash, a surrogate, beyond the last point.
    for (const auto *bad : {"\x80", "\xE2\x82", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
        EXPECT_EQ(quoted(bad).find(bad), std::string::npos);
        EXPECT_NE(quoted(bad).find("\xEF\xBF\xBD"), std::string::npos);
    }
}

TEST(JsonText, BuildsObjects) {
    JsonObject object;
    object.add("text", "x").add("number", std::int64_t{-7}).add("flag", true).add_raw("list", "[]");
    EXPECT_EQ(std::move(object).str(), R"({"text":"x","number":-7,"flag":true,"list":[]})");
    EXPECT_EQ(JsonObject{}.str(), "{}");
}

TEST(Uuid, IsReadInEitherCaseAndWrittenInLower) {
    const auto uuid = parse_uuid("01234567-89AB-cdef-0123-456789abcdEF");
    ASSERT_TRUE(uuid);
    EXPECT_EQ(uuid->bytes[0], 0x01);
    EXPECT_EQ(uuid->bytes[15], 0xEF);
    EXPECT_EQ(to_string(*uuid), "01234567-89ab-cdef-0123-456789abcdef");
}

TEST(Uuid, IsNothingElse) {
    for (const auto *bad :
         {"", "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcde",
          "01234567-89ab-cdef-0123-456789abcdeg", "01234567+89ab-cdef-0123-456789abcdef",
          "{01234567-89ab-cdef-0123-456789abcdef}", "0123456-789ab-cdef-0123-456789abcdef"}) {
        EXPECT_FALSE(parse_uuid(bad)) << bad;
    }
}

} // namespace
} // namespace billing::worker
