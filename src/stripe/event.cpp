#include "stripe/event.hpp"

#include "stripe/shapes/node.hpp"
#include "stripe/shapes/readers.hpp"
#include "stripe/shapes/subscription.hpp"

namespace billing::stripe {

namespace {

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

struct Word {
    std::string_view word;
    int16_t rank;
};

// invoice.updated and whatever else may come stand where their status does.
constexpr Word kInvoiceTypes[] = {{".created", 0},        {".finalized", 1},
                                  {".payment_failed", 2}, {".marked_uncollectible", 3},
                                  {".paid", 4},           {".payment_succeeded", 4},
                                  {".voided", 5},         {".deleted", 6}};
constexpr Word kInvoiceStatuses[] = {
    {"draft", 0}, {"open", 1}, {"uncollectible", 3}, {"paid", 4}, {"void", 5}};

int16_t invoice_rank(const EventEnvelope &envelope) {
    for (const auto &[suffix, rank] : kInvoiceTypes) {
        if (ends_with(envelope.type, suffix)) {
            return rank;
        }
    }
    const std::string status = text(Node(envelope.object), "status");
    for (const auto &[word, rank] : kInvoiceStatuses) {
        if (status == word) {
            return rank;
        }
    }
    return 0;
}

SubscriptionEvent read_subscription_event(const EventEnvelope &envelope) {
    SubscriptionEvent out;
    out.version.created = envelope.created;
    out.version.rank = rank_of(envelope);
    out.version.event_id = envelope.id;
    out.version.source = envelope.source;
    out.version.snapshot = read_subscription(envelope.object);
    out.version.own = fingerprint(out.version.snapshot);
    if (const auto before = previous(envelope.object, envelope.previous_attributes)) {
        out.version.previous = fingerprint(*before);
    }
    return out;
}

RefundEvent read_refund_event(const EventEnvelope &envelope) {
    RefundEvent out{read_refund(envelope.object), false};
    std::string before;
    if (envelope.previous_attributes && envelope.previous_attributes->is_object()) {
        const Node previous(*envelope.previous_attributes);
        const auto status = previous.find("status");
        before = status && status->is_string() ? text(previous, "status") : "";
    }
    const auto waits = [](std::string_view status) {
        return status == "pending" || status == "requires_action";
    };
    out.was_pending = waits(out.status) || waits(before);
    return out;
}

DisputeEvent read_dispute_event(const EventEnvelope &envelope) {
    return {read_dispute(envelope.object), ends_with(envelope.type, ".funds_withdrawn"),
            ends_with(envelope.type, ".funds_reinstated")};
}

// A notice of what may come, not of what is: it carries the object, and changes nothing.
bool is_notice(std::string_view type) {
    return type == "customer.subscription.trial_will_end" || type == "invoice.upcoming" ||
           type == "customer.subscription.pending_update_expired";
}

EventFacts read_facts(const EventEnvelope &envelope) {
    const std::string &object = envelope.object_type;
    if (envelope.thin || is_notice(envelope.type)) {
        return {};
    }
    if (object == "subscription") {
        return read_subscription_event(envelope);
    }
    if (object == "invoice") {
        return read_invoice(envelope.object);
    }
    if (object == "customer") {
        return read_customer(envelope.object);
    }
    if (object == "price" || object == "plan") {
        return read_price(envelope.object);
    }
    if (object == "product") {
        return read_product(envelope.object);
    }
    if (object == "coupon") {
        return read_coupon(envelope.object);
    }
    if (object == "discount") {
        return read_discount(envelope.object);
    }
    if (object == "refund") {
        return read_refund_event(envelope);
    }
    if (object == "charge") {
        return read_charge(envelope.object);
    }
    if (object == "invoice_payment") {
        return read_invoice_payment(envelope.object);
    }
    if (object == "dispute") {
        return read_dispute_event(envelope);
    }
    if (object == "credit_note") {
        return read_credit_note(envelope.object);
    }
    if (object == "entitlements.active_entitlement_summary") {
        return read_entitlement_summary(envelope.object);
    }
    if (object == "list") {
        if (auto features = read_product_features(envelope.object)) {
            return std::move(*features);
        }
        return {};
    }
    if (object == "checkout.session") {
        return read_checkout_session(envelope.object);
    }
    return {};
}

} // namespace

int16_t rank_of(const EventEnvelope &envelope) {
    if (envelope.object_type == "invoice") {
        return invoice_rank(envelope);
    }
    if (ends_with(envelope.type, ".created")) {
        return 0;
    }
    const bool last = ends_with(envelope.type, ".deleted") || ends_with(envelope.type, ".failed") ||
                      ends_with(envelope.type, ".closed") || ends_with(envelope.type, ".voided");
    return last ? 2 : 1;
}

void read_event(EventReader &reader, Event &event) {
    const EventEnvelope envelope = reader.read(event.body);
    event.type = envelope.type;
    event.created = envelope.created;
    event.livemode = envelope.livemode;
    event.rank = rank_of(envelope);
    event.deleted = ends_with(envelope.type, ".deleted");
    event.facts = read_facts(envelope);
}

} // namespace billing::stripe
