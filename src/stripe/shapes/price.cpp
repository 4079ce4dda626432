#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

#include <limits>

namespace billing::stripe {
namespace {

constexpr int32_t kMany = std::numeric_limits<int32_t>::max();

core::Interval interval_of(const Node &terms) {
    const std::string word = text(terms, "interval");
    if (word.empty()) {
        return core::Interval::none;
    }
    if (word == "day") {
        return core::Interval::day;
    }
    if (word == "week") {
        return core::Interval::week;
    }
    if (word == "month") {
        return core::Interval::month;
    }
    if (word == "year") {
        return core::Interval::year;
    }
    unknown_word("interval");
}

core::TiersMode tiers_mode_of(const Node &node) {
    const std::string word = text(node, "tiers_mode");
    if (word.empty()) {
        return core::TiersMode::none;
    }
    if (word == "graduated") {
        return core::TiersMode::graduated;
    }
    if (word == "volume") {
        return core::TiersMode::volume;
    }
    unknown_word("tiers_mode");
}

// The first of the keys that is there.
template <typename... Keys>
std::optional<core::Decimal> first_decimal(const Node &node, Keys... keys) {
    std::optional<core::Decimal> value;
    ((value = value ? value : decimal(node, keys)), ...);
    return value;
}

core::Tier read_tier(const Node &node) {
    core::Tier tier;
    const std::optional<Node> up_to = node.find("up_to");
    const bool unlimited = !up_to || (up_to->is_string() && text_of(*up_to) == "inf");
    if (!unlimited) {
        tier.up_to = integer(node, "up_to");
    }
    tier.unit_amount = first_decimal(node, "unit_amount_decimal", "unit_amount", "amount")
                           .value_or(core::Decimal());
    tier.flat_amount =
        first_decimal(node, "flat_amount_decimal", "flat_amount").value_or(core::Decimal());
    return tier;
}

// Prices say unit_amount, plans amount.
core::PriceAmounts read_amounts(const Node &node, std::string currency) {
    core::PriceAmounts amounts;
    amounts.currency = std::move(currency);
    amounts.unit_amount =
        first_decimal(node, "unit_amount_decimal", "unit_amount", "amount_decimal", "amount");
    for_each(node, "tiers", [&](const Node &tier, size_t) {
        require_object(tier);
        amounts.tiers.push_back(read_tier(tier));
    });
    return amounts;
}

void read_currency_options(const Node &node, core::PriceFacts &price) {
    const std::optional<Node> options = child(node, "currency_options");
    if (!options) {
        return;
    }
    for (const auto field : simdjson::dom::object(options->element())) {
        std::string currency(field.key);
        if (currency == price.amounts.currency || !field.value.is_object()) {
            continue;
        }
        const std::string path = "currency_options." + currency;
        price.currency_options.push_back(
            within(path, [&] { return read_amounts(Node(field.value), std::move(currency)); }));
    }
}

// Prices say transform_quantity, plans transform_usage.
std::optional<core::TransformQuantity> read_transform(const Node &node) {
    for (const std::string_view key : {"transform_quantity", "transform_usage"}) {
        const std::optional<Node> found = child(node, key);
        if (!found) {
            continue;
        }
        return within(key, [&]() -> core::TransformQuantity {
            const std::optional<int32_t> divide_by = integer_between(*found, "divide_by", 1, kMany);
            const std::string round = text(*found, "round");
            if (!round.empty() && round != "up" && round != "down") {
                unknown_word("round");
            }
            return {divide_by.value_or(1), round != "down"};
        });
    }
    return std::nullopt;
}

void read_recurrence(const Node &terms, core::PriceFacts &price) {
    price.interval = interval_of(terms);
    price.interval_count = integer_between(terms, "interval_count", 1, kMany).value_or(1);
    price.metered = text(terms, "usage_type") == "metered";
}

} // namespace

core::PriceFacts price_facts(const Node &node) {
    core::PriceFacts price;
    if (node.is_string()) {
        price.id = text_of(node);
        return price;
    }
    require_object(node);
    price.id = required_text(node, "id");
    price.product = reference(node, "product");
    price.amounts = read_amounts(node, currency(node));
    read_currency_options(node, price);
    price.tiers_mode = tiers_mode_of(node);
    price.transform = read_transform(node);
    if (const std::optional<Node> recurring = child(node, "recurring")) {
        within("recurring", [&] { read_recurrence(*recurring, price); });
    } else {
        read_recurrence(node, price); // a plan has the terms in itself
    }
    return price;
}

core::PriceRow read_price(Element object) {
    const Node node(object);
    require_object(node);
    core::PriceRow row;
    static_cast<core::PriceFacts &>(row) = price_facts(node);
    row.deleted = flag(node, "deleted", false);
    row.active = flag(node, "active", !row.deleted);
    row.nickname = text(node, "nickname");
    row.lookup_key = text(node, "lookup_key");
    row.created = instant(node, "created");
    row.livemode = optional_flag(node, "livemode");
    return row;
}

} // namespace billing::stripe
