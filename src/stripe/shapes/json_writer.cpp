#include "stripe/shapes/json_writer.hpp"

namespace billing::stripe {

void JsonWriter::separate() {
    const char last = out_.empty() ? '[' : out_.back();
    if (last != '{' && last != '[' && last != ':') {
        out_ += ',';
    }
}

void JsonWriter::quote(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out_ += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out_ += '\\';
            out_ += c;
        } else if (byte < 0x20) {
            out_ += "\\u00";
            out_ += kHex[byte >> 4];
            out_ += kHex[byte & 15];
        } else {
            out_ += c;
        }
    }
    out_ += '"';
}

JsonWriter &JsonWriter::key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    return *this;
}

JsonWriter &JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
}

JsonWriter &JsonWriter::close(char bracket) {
    out_ += bracket;
    return *this;
}

JsonWriter &JsonWriter::value(std::string_view text) {
    separate();
    quote(text);
    return *this;
}

JsonWriter &JsonWriter::value(int64_t number) {
    separate();
    out_ += std::to_string(number);
    return *this;
}

JsonWriter &JsonWriter::value(bool truth) {
    separate();
    out_ += truth ? "true" : "false";
    return *this;
}

void JsonWriter::member(std::string_view name, std::string_view text) {
    if (!text.empty()) {
        key(name).value(text);
    }
}

void JsonWriter::member(std::string_view name, const std::optional<core::Decimal> &number) {
    if (number) {
        key(name).value(*number);
    }
}

void JsonWriter::member_time(std::string_view name, const std::optional<core::Instant> &at) {
    if (at) {
        key(name).time(*at);
    }
}

} // namespace billing::stripe
