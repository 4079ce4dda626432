#include "customers/metadata.hpp"

#include "core/text.hpp"

namespace billing::customers {

namespace {

constexpr int64_t kMaxKeys = 48;
constexpr int kMaxKey = 40;
constexpr int64_t kMaxValue = 500;
constexpr size_t kMaxBytes = 16384;

std::string field_of(const std::string &key) {
    return "metadata." + core::clipped(key, kMaxKey);
}

std::string fault_of(const std::string &key, const std::string &type, const Scalar &value) {
    if (key.empty() || core::characters_in(key) > kMaxKey) {
        return "must have a key of 1 to 40 characters";
    }
    if (key.find_first_of("[]") != std::string::npos) {
        return "must have a key without brackets";
    }
    if (key == "pg_billing_customer_id" || key == "external_id") {
        return "is a key of our own";
    }
    if (type == "object" || type == "array") {
        return "must be a string, a number or true or false";
    }
    if (core::characters_in(value.plain) > kMaxValue) {
        return "must have at most 500 characters";
    }
    return {};
}

template <class Each>
void each_key(Datum jsonb, Each each) {
    static pg::Plan plan{"SELECT e.key, jsonb_typeof(e.value), e.value::text, e.value #>> '{}' "
                         "FROM jsonb_each($1) AS e",
                         {JSONBOID}};
    const pg::Result rows = pg::run(plan, pg::Params(pg::Raw{jsonb}), pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        each(rows[i].text(0), rows[i].text(1), Scalar{rows[i].text(2), rows[i].text(3)});
    }
}

} // namespace

Metadata read_metadata(Datum jsonb, pg::FieldErrors &errors) {
    Metadata out;
    if (pg::jsonb_text(jsonb).front() != '{') {
        errors.add("metadata", "must be a JSON object");
        return out;
    }
    each_key(jsonb, [&](const std::string &key, const std::string &type, const Scalar &value) {
        std::string fault = fault_of(key, type, value);
        if (!fault.empty()) {
            errors.add(field_of(key), std::move(fault));
        }
        out[key] = value;
    });
    return out;
}

Metadata stored_metadata(const std::string &json) {
    Metadata out;
    const Datum jsonb = pg::to_datum(pg::JsonbText{json});
    each_key(jsonb, [&](const std::string &key, const std::string &, const Scalar &value) {
        out[key] = value;
    });
    return out;
}

Metadata merged(Metadata below, const Metadata &patch) {
    for (const auto &[key, value] : patch) {
        if (value.removes()) {
            below.erase(key);
        } else {
            below[key] = value;
        }
    }
    return below;
}

std::string json_of(const Metadata &metadata) {
    std::string out = "{";
    for (const auto &[key, value] : metadata) {
        out += out.size() == 1 ? "\"" : ", \"";
        pg::append_json_escaped(out, key);
        out += "\": " + value.json;
    }
    return out + "}";
}

void check_size(const Metadata &metadata, pg::FieldErrors &errors) {
    if (metadata.size() > kMaxKeys) {
        errors.add("metadata", "must have at most 48 keys");
    } else if (json_of(metadata).size() > kMaxBytes) {
        errors.add("metadata", "must have at most 16384 bytes");
    }
}

std::map<std::string, std::string> stripe_changes(const Metadata &from, const Metadata &to) {
    std::map<std::string, std::string> out;
    for (const auto &[key, value] : to) {
        const auto before = from.find(key);
        if (before == from.end() || before->second.plain != value.plain) {
            out[key] = value.plain;
        }
    }
    for (const auto &[key, value] : from) {
        if (to.find(key) == to.end()) {
            out[key] = "";
        }
    }
    return out;
}

} // namespace billing::customers
