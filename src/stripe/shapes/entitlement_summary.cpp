#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

#include <algorithm>

namespace billing::stripe {

core::EntitlementFacts read_entitlement_summary(Element object) {
    const Node node(object);
    require_object(node);
    core::EntitlementFacts summary;
    summary.customer = reference(node, "customer");
    if (summary.customer.empty()) {
        throw ShapeError(ShapeCode::missing_field, "is missing", "customer");
    }
    const auto list = child(node, "entitlements");
    if (!list || !for_each(node, "entitlements", [&](const Node &one, size_t) {
            summary.lookup_keys.push_back(required_text(one, "lookup_key"));
        })) {
        throw ShapeError(ShapeCode::missing_field, "is missing", "entitlements");
    }
    summary.complete = !flag(*list, "has_more", false);
    auto &keys = summary.lookup_keys;
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return summary;
}

} // namespace billing::stripe
