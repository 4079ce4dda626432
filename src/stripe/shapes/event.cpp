#include "stripe/shapes/event.hpp"

#include "stripe/shapes/fingerprint.hpp"
#include "stripe/shapes/node.hpp"
#include "stripe/shapes/time_text.hpp"

namespace billing::stripe {
namespace {

// As long as Stripe says its ids can be; they become keys of indexes.
constexpr size_t kMaxName = 255;

std::string bounded(std::string value, std::string_view key) {
    if (value.size() > kMaxName) {
        throw ShapeError(ShapeCode::out_of_range, "is longer than 255 bytes", std::string(key));
    }
    return value;
}

// A word of an object whose shape may be anything: what is no string is nothing.
std::string word(Element object, std::string_view key) {
    std::string_view value;
    return object.at_key(key).get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

core::Instant created_of(const Node &root, bool thin) {
    if (!thin) {
        return required_instant(root, "created");
    }
    const std::optional<core::Instant> created = parse_utc(required_text(root, "created"));
    if (!created) {
        throw ShapeError(ShapeCode::wrong_type, "must be a time in UTC", "created");
    }
    return *created;
}

void read_data(const Node &root, EventEnvelope &event) {
    const std::optional<Node> data = child(root, "data");
    if (!data) {
        throw ShapeError(ShapeCode::missing_field, "is missing", "data");
    }
    within("data", [&] {
        const std::optional<Node> object = child(*data, "object");
        if (!object) {
            throw ShapeError(ShapeCode::missing_field, "is missing", "object");
        }
        event.object = object->element();
        if (const std::optional<Node> before = child(*data, "previous_attributes")) {
            event.previous_attributes = before->element();
        }
    });
    event.object_type = word(event.object, "object");
    event.object_id = word(event.object, "id");
}

void read_related(const Node &root, EventEnvelope &event) {
    const std::optional<Node> related = child(root, "related_object");
    event.object = related ? related->element() : root.element();
    if (related) {
        event.object_type = word(event.object, "type");
        event.object_id = word(event.object, "id");
    }
}

core::VersionSource source_of(std::string_view type) {
    if (type == "pg_billing.backfill") {
        return core::VersionSource::backfill;
    }
    return type == "pg_billing.refetch" ? core::VersionSource::refetch : core::VersionSource::event;
}

Cause read_cause(const Node &root) {
    const std::optional<Node> cause = child(root, "pg_billing");
    if (!cause) {
        return {};
    }
    return within("pg_billing", [&] {
        return Cause{text(*cause, "cause"), text(*cause, "cause_type")};
    });
}

} // namespace

EventEnvelope EventReader::read(std::string_view body) {
    const Node root(json_.parse(body));
    if (!root.is_object()) {
        throw ShapeError(ShapeCode::wrong_type, "event must be a JSON object", "");
    }
    EventEnvelope event;
    event.id = bounded(required_text(root, "id"), "id");
    event.type = bounded(required_text(root, "type"), "type");
    event.thin = word(root.element(), "object") == "v2.core.event";
    event.created = created_of(root, event.thin);
    event.api_version = bounded(text(root, "api_version"), "api_version");
    event.account = bounded(text(root, "account"), "account");
    event.livemode = optional_flag(root, "livemode");
    event.source = source_of(event.type);
    if (event.source != core::VersionSource::event) {
        event.cause = read_cause(root);
    }
    if (event.thin) {
        read_related(root, event);
    } else {
        read_data(root, event);
    }
    return event;
}

Brief brief(EventReader &reader, std::string_view body) {
    EventEnvelope event = reader.read(body);
    return Brief{
        std::move(event.id),          std::move(event.type),      event.created,
        std::move(event.api_version), std::move(event.account),   event.livemode,
        std::move(event.object_type), std::move(event.object_id), object_fingerprint(event.object)};
}

Brief brief(std::string_view body) {
    EventReader reader;
    return brief(reader, body);
}

} // namespace billing::stripe
