#include "stripe/shapes/parts.hpp"

namespace billing::stripe {

std::string customer_of(const Node &node) {
    std::string customer = reference(node, "customer");
    return customer.empty() ? reference(node, "customer_account") : customer;
}

std::string metadata_of(const Node &node) {
    const std::optional<Node> metadata = child(node, "metadata");
    return metadata ? simdjson::minify(metadata->element()) : "{}";
}

std::string metadata_word(const Node &node, std::string_view key) {
    const std::optional<Node> metadata = child(node, "metadata");
    if (!metadata) {
        return {};
    }
    const std::optional<Node> found = metadata->find(key);
    return found && found->is_string() ? text_of(*found) : std::string();
}

core::PaymentLink payment_link(const Node &node) {
    const std::optional<Node> payment = child(node, "payment");
    if (!payment) {
        return {};
    }
    return within("payment", [&] {
        return core::PaymentLink{reference(*payment, "payment_intent"),
                                 reference(*payment, "charge")};
    });
}

std::optional<int64_t> total_excluding_tax(const Node &node, int64_t total) {
    if (const std::optional<int64_t> sent = money(node, "total_excluding_tax")) {
        return sent;
    }
    if (const std::optional<int64_t> tax = money(node, "tax")) {
        return total - *tax;
    }
    bool said = node.has("tax");
    for (const std::string_view key : {"total_taxes", "total_tax_amounts", "tax_amounts"}) {
        __int128 rest = total;
        const bool listed = for_each(node, key, [&](const Node &tax, size_t) {
            require_object(tax);
            rest -= money(tax, "amount").value_or(0);
        });
        if (listed) {
            if (rest > kMostMoney || rest < -kMostMoney) {
                throw ShapeError(ShapeCode::out_of_range, "is too large an amount",
                                 std::string(key));
            }
            return static_cast<int64_t>(rest);
        }
        said = said || node.has(key);
    }
    return said ? std::optional(total) : std::nullopt;
}

} // namespace billing::stripe
