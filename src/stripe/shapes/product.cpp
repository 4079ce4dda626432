#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

core::ProductFacts read_product(Element object) {
    const Node node(object);
    require_object(node);
    core::ProductFacts product;
    product.id = required_text(node, "id");
    product.deleted = flag(node, "deleted", false);
    product.active = flag(node, "active", !product.deleted);
    product.name = text(node, "name");
    product.metadata = metadata_of(node);
    product.created = instant(node, "created");
    product.livemode = optional_flag(node, "livemode");
    return product;
}

} // namespace billing::stripe
