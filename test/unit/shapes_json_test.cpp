#include "shapes_support.hpp"
#include "stripe/shapes/fingerprint.hpp"

namespace billing::stripe {
namespace {

using namespace testing;

std::string member(std::string_view text) {
    JsonReader json;
    return std::string(std::string_view(json.parse(text)["a"]));
}

std::string error(std::string_view text) {
    JsonReader json;
    return error_of([&] { json.parse(text); });
}

TEST(Json, KeepsTheDigitsOfNumbersThatNoDoubleHolds) {
    EXPECT_EQ(member(R"({"a":0.1})"), "0.1");
    EXPECT_EQ(member(R"({"a":123456.123456789012})"), "123456.123456789012");
    EXPECT_EQ(member(R"({"a":-1.50E+3})"), "-1.50E+3");
    EXPECT_EQ(member(R"({"a":9223372036854775808})"), "9223372036854775808");
    EXPECT_EQ(member(R"({"a":123456789012345678901234567890})"), "123456789012345678901234567890");
    EXPECT_EQ(member(R"({"a":1e999})"), "1e999");
    JsonReader json;
    EXPECT_EQ(int64_t(json.parse(R"({"a":9223372036854775807,"b":0.5})")["a"]),
              9223372036854775807);
}

TEST(Json, LeavesNumbersInsideStringsAlone) {
    EXPECT_EQ(member(R"({"a":"v 1.5, \"2.5\" and \\","b":1.5})"), "v 1.5, \"2.5\" and \\");
}

TEST(Json, ReplacesWhatNoTextColumnHolds) {
    EXPECT_EQ(member(R"({"a":"x\u0000y"})"), "x\xEF\xBF\xBDy");
    EXPECT_EQ(member(R"({"a":"\ud83e"})"), "\xEF\xBF\xBD");
    EXPECT_EQ(member(R"({"a":"\uDD86!"})"), "\xEF\xBF\xBD!");
    EXPECT_EQ(member(R"({"a":"\ud83ex\udd86"})"), "\xEF\xBF\xBDx\xEF\xBF\xBD");
    EXPECT_EQ(member(R"({"a":"\ud83e\ud83e\udd86"})"), "\xEF\xBF\xBD\xF0\x9F\xA6\x86");
}

TEST(Json, KeepsEscapesThatAreSound) {
    EXPECT_EQ(member(R"({"a":"\ud83e\udd86 \u00e9\t\/"})"), "\xF0\x9F\xA6\x86 \xC3\xA9\t/");
    EXPECT_EQ(member(R"({"a":"\\u0000 \\ud800"})"), "\\u0000 \\ud800");
    JsonReader json;
    EXPECT_EQ(std::string_view(json.parse(R"({"k\u0000":"v"})").at_key("k\xEF\xBF\xBD")), "v");
}

TEST(Json, RefusesWhatIsNoJson) {
    EXPECT_EQ(error(""), "invalid_json: body is not valid JSON: it is empty");
    EXPECT_EQ(error("   "), "invalid_json: body is not valid JSON: it is empty");
    EXPECT_EQ(error("{\"a\":\"\xff\"}"), "invalid_json: body is not valid JSON: it is not UTF-8");
    EXPECT_EQ(error("{\"a\":\"\xed\xa0\x80\"}"),
              "invalid_json: body is not valid JSON: it is not UTF-8");
    for (const std::string_view text : {"{",
                                        "}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "[1 2]",
                                        "{\"a\":01.5}",
                                        "{\"a\":1.}",
                                        "{\"a\":-}",
                                        "{\"a\":1.2.3}",
                                        "{\"a\":.5}",
                                        "{\"a\":1e}",
                                        "{\"a\":+1}",
                                        "{\"a\":NaN}",
                                        "{\"a\":1}{\"b\":2}",
                                        "{\"a\":\"\\x\"}",
                                        "{\"a\":\"\\u12\"}",
                                        "{\"a\":\"\\u00",
                                        "{\"a\":\"open",
                                        "{\"a\":\"line\nbreak\"}",
                                        "nul",
                                        "\"\\"}) {
        EXPECT_TRUE(error(text).starts_with("invalid_json: body is not valid JSON: ")) << text;
    }
    EXPECT_TRUE(error(std::string_view("{\"a\":\"\0\"}", 9)).starts_with("invalid_json: "));
    EXPECT_TRUE(error(std::string_view("{}\0", 3)).starts_with("invalid_json: "));
}

TEST(Json, BoundsTheDepth) {
    const auto nested = [](size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    EXPECT_EQ(error(nested(kMaxDepth - 1)), "");
    EXPECT_EQ(error(nested(kMaxDepth + 1)),
              "invalid_json: body is not valid JSON: it is nested deeper than 1024 levels");
    EXPECT_EQ(error(nested(1'000'000)),
              "invalid_json: body is not valid JSON: it is nested deeper than 1024 levels");
}

TEST(Fingerprint, IgnoresOrderWhiteSpaceAndNulls) {
    JsonReader json;
    const uint64_t value =
        object_fingerprint(json.parse(R"({"a":1,"b":[1,"x",{"c":true,"d":0.5}]})"));
    EXPECT_EQ(
        object_fingerprint(json.parse(
            R"( { "b" : [ 1 , "\u0078" , { "d" : 0.5 , "c" : true } ] , "z":null, "a" : 1 } )")),
        value);
    for (const char *other :
         {R"({"a":2,"b":[1,"x",{"c":true,"d":0.5}]})", R"({"a":1,"b":["x",1,{"c":true,"d":0.5}]})",
          R"({"a":1,"b":[1,"x",{"c":false,"d":0.5}]})", R"({"a":1,"c":[1,"x",{"c":true,"d":0.5}]})",
          R"({"a":"1","b":[1,"x",{"c":true,"d":0.5}]})",
          R"({"b":1,"a":[1,"x",{"c":true,"d":0.5}]})",
          R"({"a":1,"b":[1,"x",{"c":true,"d":0.5}],"e":[]})"}) {
        EXPECT_NE(object_fingerprint(json.parse(other)), value) << other;
    }
}

TEST(Fingerprint, OfTheStateBeforeFollowsFromTheStateAfter) {
    JsonReader json;
    const uint64_t before =
        object_fingerprint(json.parse(R"({"id":"x","n":1,"m":{"k":"old","same":1},"list":[1,2]})"));
    const Element event = json.parse(R"({
        "object": {"id":"x","n":2,"m":{"k":"new","same":1,"added":"y"},"list":[3],"extra":true},
        "previous": {"n":1,"m":{"k":"old","added":null},"list":[1,2],"extra":null}})");
    EXPECT_EQ(previous_fingerprint(event["object"], event["previous"].value()), before);
    EXPECT_NE(object_fingerprint(event["object"]), before);
    EXPECT_FALSE(previous_fingerprint(event["object"], std::nullopt));
}

} // namespace
} // namespace billing::stripe
