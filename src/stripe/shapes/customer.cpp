#include "stripe/shapes/json_writer.hpp"
#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {
namespace {

std::string country_of(const Node &node) {
    for (const std::string_view path : {"address", "shipping"}) {
        std::optional<Node> place = child(node, path);
        if (place && path == "shipping") {
            place = within(path, [&] { return child(*place, "address"); });
        }
        if (!place) {
            continue;
        }
        std::string country = within(path, [&] { return text(*place, "country"); });
        for (char &c : country) {
            if (c >= 'a' && c <= 'z') {
                c = static_cast<char>(c - 'a' + 'A');
            }
        }
        if (!country.empty()) {
            return country;
        }
    }
    return {};
}

// Without the two keys that are facts of their own.
std::string own_metadata_of(const Node &node) {
    const std::optional<Node> metadata = child(node, "metadata");
    simdjson::dom::object object;
    if (!metadata || (!metadata->has("pg_billing_customer_id") && !metadata->has("external_id")) ||
        metadata->element().get(object) != simdjson::SUCCESS) {
        return metadata_of(node);
    }
    std::string out = "{";
    for (const auto &[key, value] : object) {
        if (key != "pg_billing_customer_id" && key != "external_id") {
            out += out.size() == 1 ? "" : ",";
            out += JsonWriter().value(key).take() + ":" + std::string(simdjson::minify(value));
        }
    }
    return out + "}";
}

} // namespace

core::CustomerFacts read_customer(Element object) {
    const Node node(object);
    require_object(node);
    core::CustomerFacts customer;
    customer.id = required_text(node, "id");
    customer.deleted = flag(node, "deleted", false);
    customer.email = text(node, "email");
    customer.name = text(node, "name");
    customer.currency = currency(node);
    customer.country = country_of(node);
    customer.metadata = own_metadata_of(node);
    customer.pg_billing_customer_id = metadata_word(node, "pg_billing_customer_id");
    customer.external_id = metadata_word(node, "external_id");
    customer.created = instant(node, "created");
    customer.livemode = optional_flag(node, "livemode");
    customer.test_clock = reference(node, "test_clock");
    customer.says_discount = node.has("discount");
    if (const std::optional<Node> discount = node.find("discount")) {
        customer.discount = within("discount", [&] { return discount_facts(*discount); });
    }
    return customer;
}

} // namespace billing::stripe
