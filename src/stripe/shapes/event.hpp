// The envelope of an event, and the cheap first look at one.
#pragma once

#include "core/instant.hpp"
#include "core/timeline.hpp"
#include "stripe/shapes/error.hpp"
#include "stripe/shapes/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::stripe {

// Why an event of our own making exists: the top-level object `pg_billing` of the types
// pg_billing.backfill and pg_billing.refetch,
//   "pg_billing": {"cause": "evt_1", "cause_type": "customer.subscription.updated"}
// `created` of such an envelope is already the created of the event that caused it.
struct Cause {
    std::string event_id;
    std::string event_type;
};

struct EventEnvelope {
    std::string id;
    std::string type;
    core::Instant created = 0;
    std::string api_version;
    std::string account; // the connected account, empty on the account's own endpoint
    std::optional<bool> livemode;
    core::VersionSource source = core::VersionSource::event;
    Cause cause; // empty for Stripe's own events

    // A thin event (v2) names an object and does not carry it: fetch it.
    bool thin = false;
    std::string object_type; // "subscription"; also for stubs of deleted objects
    std::string object_id;   // empty where the object has none (invoice.upcoming)
    // Valid until the reader's next read(). data.object, or related_object of a thin event.
    Element object;
    std::optional<Element> previous_attributes;
};

// Reuse one for a batch: it keeps its buffers. Not for two threads at once.
class EventReader {
  public:
    // Throws ShapeError: invalid_json, or missing_field and wrong_type for id, type, created and
    // data.object, out_of_range for created.
    EventEnvelope read(std::string_view body);

  private:
    JsonReader json_;
};

// What the inbox stores beside the body.
struct Brief {
    std::string id;
    std::string type;
    core::Instant created = 0;
    std::string api_version;
    std::string account;
    std::optional<bool> livemode;
    std::string object_type;
    std::string object_id;
    // Of data.object: equal for equal values, whatever the white space and the order of keys. It
    // is stored for as long as the event id is, so its definition never changes.
    uint64_t digest = 0;
};

// Throws like EventReader::read. The second form lends a reader's buffers.
Brief brief(std::string_view body);
Brief brief(EventReader &reader, std::string_view body);

} // namespace billing::stripe
