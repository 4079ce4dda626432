#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

core::InvoicePaymentFacts read_invoice_payment(Element object) {
    const Node node(object);
    require_object(node);
    core::InvoicePaymentFacts payment;
    payment.id = required_text(node, "id");
    payment.invoice = reference(node, "invoice");
    core::PaymentLink link = payment_link(node);
    payment.payment_intent = std::move(link.payment_intent);
    payment.charge = std::move(link.charge);
    payment.status = text(node, "status");
    payment.currency = currency(node);
    payment.amount_paid = money(node, "amount_paid");
    payment.created = instant(node, "created");
    if (const std::optional<Node> transitions = child(node, "status_transitions")) {
        payment.paid_at =
            within("status_transitions", [&] { return instant(*transitions, "paid_at"); });
    }
    return payment;
}

} // namespace billing::stripe
