#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

#include <algorithm>

namespace billing::stripe {

namespace {

// The product of /v1/products/{id}/features, where the list stands; empty: of something else.
std::string product_of(std::string_view url) {
    constexpr std::string_view kBefore = "/v1/products/";
    constexpr std::string_view kAfter = "/features";
    const size_t start = url.find(kBefore);
    if (start == std::string_view::npos || url.size() < kAfter.size() ||
        url.substr(url.size() - kAfter.size()) != kAfter) {
        return {};
    }
    url.remove_suffix(kAfter.size());
    const std::string_view id =
        url.size() > start + kBefore.size() ? url.substr(start + kBefore.size()) : "";
    return id.find('/') == std::string_view::npos ? std::string(id) : std::string();
}

} // namespace

std::optional<core::ProductFeatureFacts> read_product_features(Element object) {
    using Link = core::ProductFeatureFacts::Link;
    const Node node(object);
    require_object(node);
    core::ProductFeatureFacts list;
    list.product = product_of(text(node, "url"));
    if (list.product.empty()) {
        return std::nullopt;
    }
    const auto read = [&list](const Node &one, size_t) {
        const auto feature = child(one, "entitlement_feature");
        if (!feature) {
            throw ShapeError(ShapeCode::missing_field, "is missing", "entitlement_feature");
        }
        within("entitlement_feature", [&] {
            list.links.push_back({required_text(*feature, "lookup_key"), text(*feature, "name")});
        });
    };
    if (!for_each(node, "data", read)) {
        throw ShapeError(ShapeCode::missing_field, "is missing", "data");
    }
    list.complete = !flag(node, "has_more", false);
    std::sort(list.links.begin(), list.links.end(),
              [](const Link &a, const Link &b) { return a.lookup_key < b.lookup_key; });
    const auto last =
        std::unique(list.links.begin(), list.links.end(),
                    [](const Link &a, const Link &b) { return a.lookup_key == b.lookup_key; });
    list.links.erase(last, list.links.end());
    return list;
}

} // namespace billing::stripe
