// One event of the inbox, read: its envelope and the facts of its object.
#pragma once

#include "core/objects.hpp"
#include "core/precedence.hpp"
#include "core/timeline.hpp"
#include "pg/values.hpp"
#include "stripe/shapes/event.hpp"

#include <variant>

namespace billing::stripe {

struct SubscriptionEvent {
    core::Version version;
};
struct RefundEvent : core::RefundFacts {
    bool was_pending = false; // it is, or was before this event
};
struct DisputeEvent : core::DisputeFacts {
    bool withdrawn = false;
    bool reinstated = false;
};

// monostate: stored and counted, without an effect.
using EventFacts =
    std::variant<std::monostate, core::CustomerFacts, core::ProductFacts, core::PriceRow,
                 core::CouponRow, core::DiscountFacts, SubscriptionEvent, core::InvoiceFacts,
                 core::InvoicePaymentFacts, core::ChargeFacts, RefundEvent, DisputeEvent,
                 core::CreditNoteFacts, core::CheckoutSessionFacts, core::EntitlementFacts,
                 core::ProductFeatureFacts>;

struct Event {
    pg::Uuid position; // in the queue
    int32_t attempts = 0;
    std::string event_id;
    std::string body;

    std::string type;
    core::Instant created = 0;
    std::optional<bool> livemode;
    int16_t rank = 0;
    bool deleted = false; // the type says that the object is gone
    EventFacts facts;

    core::Sight sight() const { return {created, rank, event_id}; }
};

// Fills everything below `body` from it. Throws ShapeError.
void read_event(EventReader &reader, Event &event);

// The place of an event in the life of its object, for events of one second.
int16_t rank_of(const EventEnvelope &envelope);

} // namespace billing::stripe
