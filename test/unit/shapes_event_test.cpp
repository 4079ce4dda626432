#include "shapes_support.hpp"
#include "stripe/shapes/event.hpp"

namespace billing::stripe {
namespace {

using core::from_unix;
using namespace testing;

constexpr std::string_view kEvent = R"({
  "id": "evt_1", "object": "event", "api_version": "2025-09-30.clover", "created": 1717200000,
  "account": "acct_7", "livemode": true, "type": "product.updated",
  "data": {"object": {"id": "prod_1", "object": "product", "name": "Duck 1.5", "active": true},
           "previous_attributes": {"name": "Goose"}}
})";

std::string event_with(const std::string &members) {
    return R"({"id":"evt_1","type":"x.y","created":1,)" + members +
           R"("data":{"object":{"id":"a","object":"thing"}}})";
}

std::string error(std::string_view body) {
    EventReader reader;
    return error_of([&] { reader.read(body); });
}

TEST(Envelope, HasWhatTheEngineNeeds) {
    EventReader reader;
    const EventEnvelope event = reader.read(kEvent);
    EXPECT_EQ(event.id, "evt_1");
    EXPECT_EQ(event.type, "product.updated");
    EXPECT_EQ(event.created, from_unix(kJun2024));
    EXPECT_EQ(event.api_version, "2025-09-30.clover");
    EXPECT_EQ(event.account, "acct_7");
    EXPECT_EQ(event.livemode, true);
    EXPECT_EQ(event.source, core::VersionSource::event);
    EXPECT_EQ(event.object_type, "product");
    EXPECT_EQ(event.object_id, "prod_1");
    EXPECT_EQ(std::string_view(event.object["name"]), "Duck 1.5");
    ASSERT_TRUE(event.previous_attributes);
    EXPECT_EQ(std::string_view((*event.previous_attributes)["name"]), "Goose");
}

TEST(Envelope, MayHaveAnObjectWithoutAnId) {
    EventReader reader;
    const EventEnvelope event = reader.read(R"({"id":"evt_1","type":"invoice.upcoming","created":1,
        "data":{"object":{"object":"invoice","total":5}}})");
    EXPECT_EQ(event.object_type, "invoice");
    EXPECT_EQ(event.object_id, "");
    EXPECT_FALSE(event.livemode);
    EXPECT_FALSE(event.previous_attributes);
}

TEST(Envelope, NamesTheCauseOfOurOwnEvents) {
    EventReader reader;
    const EventEnvelope refetch = reader.read(R"({"id":"pgb_refetch_sub_1_9","object":"event",
        "type":"pg_billing.refetch","created":1717200000,
        "pg_billing":{"cause":"evt_9","cause_type":"customer.subscription.updated"},
        "data":{"object":{"id":"sub_1","object":"subscription"}}})");
    EXPECT_EQ(refetch.source, core::VersionSource::refetch);
    EXPECT_EQ(refetch.cause.event_id, "evt_9");
    EXPECT_EQ(refetch.cause.event_type, "customer.subscription.updated");
    const EventEnvelope backfill = reader.read(R"({"id":"pgb_backfill_sub_1","object":"event",
        "type":"pg_billing.backfill","created":1717200000,
        "data":{"object":{"id":"sub_1","object":"subscription"}}})");
    EXPECT_EQ(backfill.source, core::VersionSource::backfill);
    EXPECT_EQ(backfill.cause.event_id, "");
}

TEST(Envelope, OfAThinEventNamesTheObjectToFetch) {
    EventReader reader;
    const EventEnvelope event = reader.read(R"({"id":"evt_t","object":"v2.core.event",
        "type":"v1.invoice.paid","created":"2024-06-01T00:00:00.250Z","livemode":false,
        "related_object":{"id":"in_1","type":"invoice","url":"/v1/invoices/in_1"}})");
    EXPECT_TRUE(event.thin);
    EXPECT_EQ(event.created, from_unix(kJun2024) + 250'000);
    EXPECT_EQ(event.object_type, "invoice");
    EXPECT_EQ(event.object_id, "in_1");
    EXPECT_EQ(
        error(R"({"id":"e","object":"v2.core.event","type":"t","created":"2024-02-30T00:00:00Z"})"),
        "wrong_type: created must be a time in UTC");
}

TEST(Envelope, NamesWhatIsMissingOrWrong) {
    EXPECT_EQ(error(R"([1])"), "wrong_type: event must be a JSON object");
    EXPECT_EQ(error(R"({"type":"a","created":1})"), "missing_field: id is missing");
    EXPECT_EQ(error(R"({"id":"","type":"a","created":1})"), "missing_field: id is missing");
    EXPECT_EQ(error(R"({"id":{},"type":"a","created":1})"), "wrong_type: id must be a string");
    EXPECT_EQ(error(R"({"id":"e","created":1})"), "missing_field: type is missing");
    EXPECT_EQ(error(R"({"id":"e","type":"a"})"), "missing_field: created is missing");
    EXPECT_EQ(error(R"({"id":"e","type":"a","created":"now"})"),
              "wrong_type: created must be an integer");
    EXPECT_EQ(error(R"({"id":"e","type":"a","created":1717200000000})"),
              "out_of_range: created is no time in seconds between the years 1 and 9999");
    EXPECT_EQ(error(R"({"id":"e","type":"a","created":1e999})"),
              "out_of_range: created is too large a number");
    EXPECT_EQ(error(R"({"id":"e","type":"a","created":1})"), "missing_field: data is missing");
    EXPECT_EQ(error(R"({"id":"e","type":"a","created":1,"data":{}})"),
              "missing_field: data.object is missing");
    EXPECT_EQ(error(R"({"id":"e","type":"a","created":1,"data":{"object":[]}})"),
              "wrong_type: data.object must be an object");
    EXPECT_EQ(error(event_with(R"("livemode":"yes",)")),
              "wrong_type: livemode must be true or false");
    EXPECT_EQ(error(R"({"id":")" + std::string(300, 'x') + R"(","type":"a","created":1})"),
              "out_of_range: id is longer than 255 bytes");
}

TEST(Envelope, StaysReadableAfterAnEventThatWasNot) {
    EventReader reader;
    EXPECT_THROW(reader.read("{"), ShapeError);
    EXPECT_THROW(reader.read(std::string(100'000, '[')), ShapeError);
    EXPECT_EQ(reader.read(kEvent).id, "evt_1");
    EXPECT_EQ(reader.read(event_with("\"pad\":\"" + std::string(300'000, 'p') + "\",")).id,
              "evt_1");
    EXPECT_EQ(reader.read(kEvent).object_id, "prod_1");
}

TEST(FirstLook, AgreesWithTheEnvelope) {
    const Brief look = brief(kEvent);
    EXPECT_EQ(look.id, "evt_1");
    EXPECT_EQ(look.type, "product.updated");
    EXPECT_EQ(look.created, from_unix(kJun2024));
    EXPECT_EQ(look.account, "acct_7");
    EXPECT_EQ(look.api_version, "2025-09-30.clover");
    EXPECT_EQ(look.livemode, true);
    EXPECT_EQ(look.object_type, "product");
    EXPECT_EQ(look.object_id, "prod_1");
}

TEST(FirstLook, DigestsTheObjectAndNothingElse) {
    const uint64_t digest = brief(kEvent).digest;
    EXPECT_EQ(brief(R"({"id":"evt_2","type":"t","created":2,"pending_webhooks":9,"data":{"object":
        {"active":true,"name":"Duck 1.5","object":"product","id":"prod_1"}}})")
                  .digest,
              digest);
    EXPECT_NE(brief(R"({"id":"evt_1","type":"t","created":2,"data":{"object":
        {"active":true,"name":"Duck 1.6","object":"product","id":"prod_1"}}})")
                  .digest,
              digest);
}

TEST(FirstLook, KeepsTheDefinitionOfItsDigest) {
    // Digests are stored for ever. The expected value comes from a second implementation of
    // hash.hpp and fingerprint.cpp in another language.
    EXPECT_EQ(brief(R"({"id":"evt_1","type":"x.y","created":1,"data":{"object":{"id":"a",
        "object":"thing","n":-1,"on":[true,false,null],"long":"0123456789"}}})")
                  .digest,
              0xcd4dbb4d44242358U);
}

} // namespace
} // namespace billing::stripe
