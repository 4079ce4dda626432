// Readers of the parts that several objects share, on nodes.
#pragma once

#include "core/objects.hpp"
#include "stripe/shapes/node.hpp"

namespace billing::stripe {

// A price, a legacy plan, or the id of one.
core::PriceFacts price_facts(const Node &node);
// A coupon or the id of one.
core::CouponFacts coupon_facts(const Node &node);
// The coupon of a discount or of a promotion code: under `holder` (source or promotion) since
// 2025-09-30, else beside it. Each may be an id. Empty where there is none.
std::optional<core::CouponFacts> coupon_of(const Node &node, std::string_view holder);
// A discount or the id of one.
core::DiscountFacts discount_facts(const Node &node);

// customer, else customer_account.
std::string customer_of(const Node &node);
// The minified JSON of metadata, "{}" where there is none; and one of its strings.
std::string metadata_of(const Node &node);
std::string metadata_word(const Node &node, std::string_view key);
// The ids under `payment` of an invoice's payment.
core::PaymentLink payment_link(const Node &node);
// As sent, else total less the taxes in any of their shapes; empty where nothing speaks of taxes.
std::optional<int64_t> total_excluding_tax(const Node &node, int64_t total);

// The text of a node that is a string; what else it may be is the caller's business.
inline std::string text_of(const Node &node) {
    return std::string(std::string_view(node.element()));
}

// Refuses an id or object that is neither.
inline void require_object(const Node &node) {
    if (!node.is_object()) {
        throw ShapeError(ShapeCode::wrong_type, "must be an object", "");
    }
}

[[noreturn]] inline void unknown_word(std::string_view key) {
    throw ShapeError(ShapeCode::out_of_range, "is a word that is not known here", std::string(key));
}

} // namespace billing::stripe
