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
    customer.metadata = metadata_of(node);
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
