// Expected signatures were computed with Python's hmac module and, where it says so, with Stripe's
// own library.
#include "webhook/signature.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace billing::worker::webhook {
namespace {

using std::chrono::seconds;

constexpr std::string_view kBody = R"({"id":"evt_1","object":"event"})";
constexpr std::string_view kGood =
    "654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543";
constexpr std::string_view kByOldSecret =
    "1d95cf3dccbc6b325136d01298e6f894dc35559d1958c99dd5d6998ae6f1d2df";
constexpr std::int64_t kSignedAt = 1492774577;

std::vector<Secret> secrets(std::initializer_list<const char *> values) {
    std::vector<Secret> made;
    for (const auto *value : values) {
        made.emplace_back(value);
    }
    return made;
}

WallTime at(std::int64_t second) {
    return WallTime{seconds{second}};
}

SignatureVerdict verify(const std::string &header, std::string_view body = kBody,
                        std::int64_t now = kSignedAt) {
    return verify_signature(header, body, secrets({"whsec_test_secret"}), at(now));
}

std::string header_of(std::string_view signature) {
    return "t=1492774577,v1=" + std::string{signature};
}

TEST(Signature, OfTheSecretHolderIsValid) {
    EXPECT_EQ(verify(header_of(kGood)), SignatureVerdict::valid);
}

TEST(Signature, MadeByStripesLibraryIsValid) {
    constexpr std::string_view kHeader =
        "t=1700000000,v1=6489acd5a3455b0a1e133e5bfb2bb5f33ccfc5e488323ac89730fca3387a07cb";
    const auto verdict =
        verify_signature(kHeader, R"({"id":"evt_sdk","data":{"name":"Zoë"}})",
                         secrets({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}), at(1700000000));
    EXPECT_EQ(verdict, SignatureVerdict::valid);
}

TEST(Signature, CoversTheRawBytes) {
    constexpr std::string_view kSpaced =
        "d0e8d275b2420e7b5394b3936d93bf673a14c7a079de225ec8e7cbb1fa9fb23a";
    EXPECT_EQ(verify(header_of(kSpaced), "{ \"id\" : \"evt_1\" }\n"), SignatureVerdict::valid);
    EXPECT_EQ(verify(header_of(kSpaced), R"({"id":"evt_1"})"), SignatureVerdict::mismatch);
}

TEST(Signature, CoversBytesThatAreNoText) {
    constexpr std::string_view kNul =
        "b9de10320669aa55f32d420112eea70c48d5c81ef397324988fa827fe1ed5741";
    EXPECT_EQ(verify(header_of(kNul), std::string_view{"a\0\xff\xfe"
                                                       "b",
                                                       5}),
              SignatureVerdict::valid);
}

TEST(Signature, OfAnEmptyBodyIsValid) {
    EXPECT_EQ(
        verify(header_of("0b143541b2e58bb8a2681ed7577ec944676988d66733d6a9d9cd6ccce1022353"), ""),
        SignatureVerdict::valid);
}

TEST(Signature, TakesASecretLongerThanABlock) {
    const auto verdict = verify_signature(
        header_of("030fff800e89d65ddbb400a5469379d8557ec7e2b7f9b2c9aa43807856c0f6dd"),
        std::string(5000, 'x'), std::vector<Secret>{Secret{std::string(131, 'k')}}, at(kSignedAt));
    EXPECT_EQ(verdict, SignatureVerdict::valid);
}

TEST(Signature, IsComparedWithoutCase) {
    EXPECT_EQ(verify(header_of("654B43D3508ECADB3F8CEFC4BC7D3D2BDC5BA9E03BF2C89B2D0657A8E24E4543")),
              SignatureVerdict::valid);
}

TEST(Signature, IsRefusedWhenAByteOfTheBodyDiffers) {
    EXPECT_EQ(verify(header_of(kGood), R"({"id":"evt_2","object":"event"})"),
              SignatureVerdict::mismatch);
}

TEST(Signature, IsRefusedWhenTheTimestampDiffers) {
    EXPECT_EQ(verify("t=1492774578,v1=" + std::string{kGood}), SignatureVerdict::mismatch);
}

TEST(Signature, IsRefusedWhenItsLastDigitDiffers) {
    auto wrong = std::string{kGood};
    wrong.back() = '4';
    EXPECT_EQ(verify(header_of(wrong)), SignatureVerdict::mismatch);
}

TEST(Signature, MayStandBesideOthers) {
    const std::string zeros(64, '0');
    EXPECT_EQ(verify(header_of(zeros) + ",v1=" + std::string{kGood}), SignatureVerdict::valid);
    EXPECT_EQ(verify(header_of(kGood) + ",v1=" + zeros), SignatureVerdict::valid);
    EXPECT_EQ(verify("v0=" + zeros + ",v1=" + std::string{kGood} + ",t=1492774577"),
              SignatureVerdict::valid);
}

TEST(Signature, FitsAnyOfTheSecrets) {
    const auto rolled = secrets({"whsec_test_secret", "whsec_old"});
    for (const auto good : {kGood, kByOldSecret}) {
        EXPECT_EQ(verify_signature(header_of(good), kBody, rolled, at(kSignedAt)),
                  SignatureVerdict::valid);
    }
    EXPECT_EQ(verify_signature(header_of(kByOldSecret), kBody, secrets({"whsec_test_secret"}),
                               at(kSignedAt)),
              SignatureVerdict::mismatch);
}

TEST(Signature, OfAnotherSchemeAloneIsNone) {
    EXPECT_EQ(verify("t=1492774577,v0=" + std::string{kGood}), SignatureVerdict::no_signature);
    EXPECT_EQ(verify("t=1492774577"), SignatureVerdict::no_signature);
}

TEST(Signature, ThatIsNotSixtyFourHexDigitsIsNone) {
    EXPECT_EQ(verify("t=1492774577,v1="), SignatureVerdict::no_signature);
    EXPECT_EQ(verify("t=1492774577,v1=654b43d3"), SignatureVerdict::no_signature);
    EXPECT_EQ(verify(header_of(std::string{kGood} + "00")), SignatureVerdict::no_signature);
    EXPECT_EQ(verify(header_of(std::string(64, 'g'))), SignatureVerdict::no_signature);
}

TEST(Signature, NeedsOneTimestampInDigits) {
    const auto signature = ",v1=" + std::string{kGood};
    for (const auto *start : {"", "t=", "t=x", "t=-1", "t=+1492774577", "t= 1492774577",
                              "t=1492774577x", "t=99999999999999999999", "T=1492774577",
                              "t=1492774577,t=1492774577", "timestamp=1492774577"}) {
        EXPECT_EQ(verify(start + signature), SignatureVerdict::malformed) << start;
    }
    EXPECT_EQ(verify(""), SignatureVerdict::malformed);
    EXPECT_EQ(verify(",,,"), SignatureVerdict::malformed);
}

TEST(Signature, IsGoodForThreeHundredSecondsBothWays) {
    EXPECT_EQ(verify(header_of(kGood), kBody, kSignedAt + 300), SignatureVerdict::valid);
    EXPECT_EQ(verify(header_of(kGood), kBody, kSignedAt + 301), SignatureVerdict::too_old);
    EXPECT_EQ(verify(header_of(kGood), kBody, kSignedAt - 300), SignatureVerdict::valid);
    EXPECT_EQ(verify(header_of(kGood), kBody, kSignedAt - 301), SignatureVerdict::too_new);
}

TEST(Signature, IsNeverValidWithoutASecret) {
    EXPECT_EQ(verify_signature(header_of(kGood), kBody, {}, at(kSignedAt)),
              SignatureVerdict::mismatch);
}

} // namespace
} // namespace billing::worker::webhook
