#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

core::ChargeFacts read_charge(Element object) {
    const Node node(object);
    require_object(node);
    core::ChargeFacts charge;
    charge.id = required_text(node, "id");
    charge.payment_intent = reference(node, "payment_intent");
    charge.invoice = reference(node, "invoice");
    charge.customer = customer_of(node);
    charge.status = text(node, "status");
    charge.currency = currency(node);
    charge.amount = money(node, "amount").value_or(0);
    charge.amount_refunded = money(node, "amount_refunded").value_or(0);
    charge.created = instant(node, "created");
    return charge;
}

} // namespace billing::stripe
