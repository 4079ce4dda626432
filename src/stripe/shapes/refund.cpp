#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

core::RefundFacts read_refund(Element object) {
    const Node node(object);
    require_object(node);
    core::RefundFacts refund;
    refund.id = required_text(node, "id");
    refund.charge = reference(node, "charge");
    refund.payment_intent = reference(node, "payment_intent");
    refund.status = text(node, "status");
    refund.currency = currency(node);
    refund.amount = required_money(node, "amount");
    refund.created = required_instant(node, "created");
    return refund;
}

} // namespace billing::stripe
