#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

core::DiscountFacts discount_facts(const Node &node) {
    core::DiscountFacts discount;
    if (node.is_string()) {
        discount.id = text_of(node);
        return discount;
    }
    require_object(node);
    discount.id = text(node, "id");
    discount.coupon = coupon_of(node, "source");
    discount.start = instant(node, "start");
    discount.end = instant(node, "end");
    discount.customer = reference(node, "customer");
    discount.subscription = reference(node, "subscription");
    discount.subscription_item = reference(node, "subscription_item");
    return discount;
}

core::DiscountFacts read_discount(Element object) {
    return discount_facts(Node(object));
}

} // namespace billing::stripe
