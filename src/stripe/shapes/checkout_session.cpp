#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {
namespace {

std::string email_of(const Node &node) {
    if (const std::optional<Node> details = child(node, "customer_details")) {
        std::string email = within("customer_details", [&] { return text(*details, "email"); });
        if (!email.empty()) {
            return email;
        }
    }
    return text(node, "customer_email");
}

} // namespace

core::CheckoutSessionFacts read_checkout_session(Element object) {
    const Node node(object);
    require_object(node);
    core::CheckoutSessionFacts session;
    session.id = required_text(node, "id");
    session.customer = customer_of(node);
    session.subscription = reference(node, "subscription");
    session.invoice = reference(node, "invoice");
    session.payment_intent = reference(node, "payment_intent");
    session.client_reference_id = text(node, "client_reference_id");
    session.pg_billing_customer_id = metadata_word(node, "pg_billing_customer_id");
    session.external_id = metadata_word(node, "external_id");
    session.email = email_of(node);
    session.mode = text(node, "mode");
    session.status = text(node, "status");
    session.payment_status = text(node, "payment_status");
    session.created = instant(node, "created");
    return session;
}

} // namespace billing::stripe
