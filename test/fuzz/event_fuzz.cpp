// libFuzzer: any bytes as an event. Whatever comes, a reader gives a struct or a ShapeError; what
// it gives is text that a database can hold, and a stored snapshot reads back as it was.
// test/fuzz/run builds and runs this.
#include "stripe/shapes/event.hpp"
#include "stripe/shapes/fingerprint.hpp"
#include "stripe/shapes/readers.hpp"
#include "stripe/shapes/subscription.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace billing;
using namespace billing::stripe;

void require(bool truth) {
    if (!truth) {
        std::abort();
    }
}

void require_storable(std::string_view text) {
    require(text.find('\0') == std::string_view::npos);
    require(simdjson::validate_utf8(text.data(), text.size()));
}

// Any object may be sent under any type: every reader sees every object.
template <typename Read>
void attempt(Read read, Element object) {
    try {
        read(object);
    } catch (const ShapeError &error) {
        require_storable(error.what());
    }
}

void read_others(Element object) {
    attempt(
        [](Element e) {
            const core::CustomerFacts customer = read_customer(e);
            require_storable(customer.metadata);
            require_storable(customer.name);
        },
        object);
    attempt(read_product, object);
    attempt(read_price, object);
    attempt(read_coupon, object);
    attempt(read_promotion_code, object);
    attempt(read_discount, object);
    attempt(read_invoice, object);
    attempt(read_invoice_payment, object);
    attempt(read_charge, object);
    attempt(read_refund, object);
    attempt(read_dispute, object);
    attempt(read_credit_note, object);
    attempt(read_checkout_session, object);
    attempt(read_entitlement_summary, object);
    attempt(
        [](Element e) {
            if (const auto list = read_product_features(e)) {
                for (const core::ProductFeatureFacts::Link &link : list->links) {
                    require_storable(link.lookup_key);
                    require_storable(link.name);
                }
                require_storable(list->product);
            }
        },
        object);
}

void round_trip(Element object) {
    const core::SubscriptionSnapshot snapshot = read_subscription(object);
    const std::string text = write_snapshot(snapshot);
    require_storable(text);
    JsonReader json;
    const core::SubscriptionSnapshot again = read_subscription(json.parse(text));
    require(fingerprint(again) == fingerprint(snapshot));
    require(write_snapshot(again) == text);
}

void read_event(EventReader &reader, std::string_view body) {
    const EventEnvelope event = reader.read(body);
    for (const std::string &text :
         {event.id, event.type, event.api_version, event.account, event.object_id}) {
        require_storable(text);
    }
    object_fingerprint(event.object);
    previous_fingerprint(event.object, event.previous_attributes);
    previous(event.object, event.previous_attributes);
    attempt(round_trip, event.object);
    read_others(event.object);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static EventReader reader;
    const std::string_view body(reinterpret_cast<const char *>(data), size);
    bool readable = true;
    try {
        read_event(reader, body);
    } catch (const ShapeError &error) {
        readable = false;
        require_storable(error.what());
    }
    try {
        brief(body);
        require(readable);
    } catch (const ShapeError &) {
        require(!readable);
    }
    return 0;
}
