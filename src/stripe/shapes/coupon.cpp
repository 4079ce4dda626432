#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {
namespace {

constexpr int32_t kMostMonths = 1200;

core::CouponDuration duration_of(const Node &node) {
    const std::string word = text(node, "duration");
    if (word.empty() || word == "forever") {
        return core::CouponDuration::forever;
    }
    if (word == "once") {
        return core::CouponDuration::once;
    }
    if (word == "repeating") {
        return core::CouponDuration::repeating;
    }
    unknown_word("duration");
}

std::optional<core::Decimal> percent_off(const Node &node) {
    const std::optional<core::Decimal> percent = decimal(node, "percent_off");
    if (percent && (*percent < core::Decimal() || *percent > core::Decimal::from_int(100))) {
        throw ShapeError(ShapeCode::out_of_range, "must be between 0 and 100", "percent_off");
    }
    return percent;
}

std::optional<core::Decimal> amount_off(const Node &node) {
    const std::optional<core::Decimal> amount = decimal(node, "amount_off");
    if (amount && *amount < core::Decimal()) {
        throw ShapeError(ShapeCode::out_of_range, "must not be negative", "amount_off");
    }
    return amount;
}

// Stripe leaves the key out unless it is expanded; null and no products mean all of them.
std::optional<std::vector<std::string>> applies_to(const Node &node) {
    if (!node.has("applies_to")) {
        return std::nullopt;
    }
    std::vector<std::string> products;
    if (const std::optional<Node> found = child(node, "applies_to")) {
        within("applies_to", [&] {
            for_each(*found, "products", [&](const Node &product, size_t) {
                if (!product.is_string()) {
                    throw ShapeError(ShapeCode::wrong_type, "must be an id", "");
                }
                products.push_back(text_of(product));
            });
        });
    }
    return products;
}

} // namespace

core::CouponFacts coupon_facts(const Node &node) {
    core::CouponFacts coupon;
    if (node.is_string()) {
        coupon.id = text_of(node);
        return coupon;
    }
    require_object(node);
    coupon.id = required_text(node, "id");
    coupon.percent_off = percent_off(node);
    coupon.amount_off = amount_off(node);
    coupon.currency = currency(node);
    coupon.duration = duration_of(node);
    coupon.duration_in_months = integer_between(node, "duration_in_months", 1, kMostMonths);
    coupon.applies_to = applies_to(node);
    return coupon;
}

std::optional<core::CouponFacts> coupon_of(const Node &node, std::string_view holder) {
    if (const std::optional<Node> source = child(node, holder)) {
        if (const std::optional<Node> coupon = source->find("coupon")) {
            return within(std::string(holder) + ".coupon", [&] { return coupon_facts(*coupon); });
        }
    }
    if (const std::optional<Node> coupon = node.find("coupon")) {
        return within("coupon", [&] { return coupon_facts(*coupon); });
    }
    return std::nullopt;
}

core::CouponRow read_coupon(Element object) {
    const Node node(object);
    require_object(node);
    core::CouponRow row;
    static_cast<core::CouponFacts &>(row) = coupon_facts(node);
    row.deleted = flag(node, "deleted", false);
    row.name = text(node, "name");
    row.created = instant(node, "created");
    return row;
}

core::PromotionCodeFacts read_promotion_code(Element object) {
    const Node node(object);
    require_object(node);
    core::PromotionCodeFacts code;
    code.id = required_text(node, "id");
    code.code = text(node, "code");
    code.active = flag(node, "active", true);
    code.customer = reference(node, "customer");
    code.coupon = coupon_of(node, "promotion").value_or(core::CouponFacts());
    code.created = instant(node, "created");
    return code;
}

} // namespace billing::stripe
