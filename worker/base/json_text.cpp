#include "base/json_text.hpp"

namespace billing::worker {

namespace {

// The length of the UTF-8 sequence at the start of text, or 0 where it is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    std::size_t length = 0;
    char32_t point = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
        point = lead & 0x1F;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        point = lead & 0x0F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        point = lead & 0x07;
    }
    if (length == 0 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return 0;
        }
        point = (point << 6) | (byte(i) & 0x3F);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return overlong || surrogate || point > 0x10FFFF ? 0 : length;
}

void append_escape(std::string &out, unsigned char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    default:
        out += "\\u00";
        out += kDigits[c >> 4];
        out += kDigits[c & 15];
    }
}

} // namespace

void append_json_string(std::string &out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto c = static_cast<unsigned char>(text.front());
        std::size_t taken = 1;
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F) {
            append_escape(out, c);
        } else if (c < 0x80) {
            out += text.front();
        } else if (const auto length = utf8_length(text); length > 0) {
            out += text.substr(0, length);
            taken = length;
        } else {
            out += "\xEF\xBF\xBD";
        }
        text.remove_prefix(taken);
    }
    out += '"';
}

JsonObject &JsonObject::add(std::string_view key, std::string_view value) {
    add_raw(key, {});
    append_json_string(text_, value);
    return *this;
}

JsonObject &JsonObject::add_raw(std::string_view key, std::string_view json) {
    if (text_.size() > 1) {
        text_ += ',';
    }
    append_json_string(text_, key);
    text_ += ':';
    text_ += json;
    return *this;
}

std::string JsonObject::str() && {
    text_ += '}';
    return std::move(text_);
}

} // namespace billing::worker
