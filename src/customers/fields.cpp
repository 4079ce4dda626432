#include "customers/fields.hpp"

#include "core/email.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace billing::customers {

namespace {

using Set = void (*)(Fields &, const std::string &, pg::FieldErrors &);

struct TextField {
    std::string_view key;
    Set set;
    std::optional<std::string> Fields::*member;
};
constexpr TextField kTexts[] = {{"email", set_email, &Fields::email},
                                {"name", set_name, &Fields::name},
                                {"external_id", set_external_id, &Fields::external_id}};

} // namespace

void set_email(Fields &fields, const std::string &value, pg::FieldErrors &errors) {
    if (!core::is_email(value)) {
        errors.add("email", "must be an e-mail address of at most 254 bytes");
        return;
    }
    fields.email = core::lower_case(value);
}

void set_name(Fields &fields, const std::string &value, pg::FieldErrors &errors) {
    if (value.empty() || core::characters_in(value) > 256 || core::has_control_characters(value)) {
        errors.add("name", "must have 1 to 256 characters, no control characters");
        return;
    }
    fields.name = value;
}

void set_external_id(Fields &fields, const std::string &value, pg::FieldErrors &errors) {
    if (value.empty() || core::characters_in(value) > 255 || core::has_control_characters(value)) {
        errors.add("external_id", "must have 1 to 255 characters, no control characters");
        return;
    }
    fields.external_id = value;
}

void set_metadata(Fields &fields, Datum jsonb, pg::FieldErrors &errors) {
    fields.metadata = read_metadata(jsonb, errors);
}

Fields read_patch(Datum jsonb, pg::FieldErrors &errors) {
    static pg::Plan plan{
        "SELECT e.key, jsonb_typeof(e.value), e.value #>> '{}', e.value FROM jsonb_each($1) AS e",
        {JSONBOID}};
    Fields fields;
    if (pg::jsonb_text(jsonb).front() != '{') {
        errors.add("patch", "must be a JSON object");
        return fields;
    }
    const pg::Result rows = pg::run(plan, pg::Params(pg::Raw{jsonb}), pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        const std::string key = rows[i].text(0);
        const std::string type = rows[i].text(1);
        const auto text = std::find_if(std::begin(kTexts), std::end(kTexts),
                                       [&key](const TextField &field) { return field.key == key; });
        if (text != std::end(kTexts)) {
            if (type == "null") {
                fields.*(text->member) = "";
            } else if (type == "string") {
                text->set(fields, rows[i].text(2), errors);
            } else {
                errors.add(key, "must be a string or null");
            }
        } else if (key == "metadata") {
            fields.replaces_metadata = type == "null";
            if (type == "null") {
                fields.metadata = Metadata{};
            } else {
                set_metadata(fields, rows[i].datum(3), errors);
            }
        } else {
            errors.add(core::clipped(key, 60), "is no field that can be written");
        }
    }
    return fields;
}

} // namespace billing::customers
