#include "pg/error.hpp"

#include <algorithm>
#include <array>

namespace billing::pg {

CodeInfo info_of(Code code) {
    switch (code) {
    case Code::validation_failed:
        return {"validation_failed", "PT400"};
    case Code::unauthenticated:
        return {"unauthenticated", "PT401"};
    case Code::quota_exceeded:
        return {"quota_exceeded", "PT402"};
    case Code::access_denied:
        return {"access_denied", "PT403"};
    case Code::organization_required:
        return {"organization_required", "PT400"};
    case Code::forbidden:
        return {"forbidden", "PT403"};
    case Code::not_found:
        return {"not_found", "PT404"};
    case Code::conflict:
        return {"conflict", "PT409"};
    case Code::idempotency_conflict:
        return {"idempotency_conflict", "PT409"};
    case Code::invalid_event:
        return {"invalid_event", "PT400"};
    case Code::range_too_long:
        return {"range_too_long", "PT400"};
    case Code::schema_outdated:
        return {"schema_outdated", "PT503"};
    case Code::row_not_stored:
        return {"row_not_stored", "PT500"};
    case Code::internal_error:
        break;
    }
    return {"internal_error", "PT500"};
}

Error::Error(Code code, std::string message) : code_(code), message_(std::move(message)) {
    constexpr unsigned char kDelete = 0x7f;
    std::replace_if(
        message_.begin(), message_.end(), [](unsigned char c) { return c < ' ' || c == kDelete; },
        ' ');
}

Error &&Error::field(std::string_view name, std::string_view message) && {
    fields_.emplace_back(name, message);
    return std::move(*this);
}

Error &&Error::hint(std::string text) && {
    hint_ = std::move(text);
    return std::move(*this);
}

Error &&Error::within(std::string_view path) && {
    if (code_ == Code::row_not_stored) {
        return std::move(*this);
    }
    const std::string in_front = std::string(path) + '.';
    if (!fields_.empty() && message_.starts_with(fields_.front().first + ' ')) {
        message_.insert(0, in_front);
    }
    for (auto &[name, message] : fields_) {
        name.insert(0, in_front);
    }
    return std::move(*this);
}

void append_json_escaped(std::string &out, std::string_view text) {
    constexpr std::array<char, 16> kHex = {'0', '1', '2', '3', '4', '5', '6', '7',
                                           '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
}

std::string Error::detail_json() const {
    std::string out = "{\"code\":\"";
    out += info_of(code_).name;
    out += "\",\"errors\":[";
    bool first = true;
    for (const auto &[name, message] : fields_) {
        out += first ? "{\"field\":\"" : ",{\"field\":\"";
        first = false;
        append_json_escaped(out, name);
        out += "\",\"message\":\"";
        append_json_escaped(out, message);
        out += "\"}";
    }
    out += "]}";
    return out;
}

Error invalid(std::string_view field, std::string message) {
    std::string what = std::string(field) + " " + message;
    return Error(Code::validation_failed, std::move(what)).field(field, message);
}

} // namespace billing::pg
