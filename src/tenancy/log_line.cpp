#include "tenancy/log_line.hpp"

#include <algorithm>
#include <charconv>

namespace billing::tenancy {

void LogLine::text(const char *field, std::string_view value) {
    name(field);
    put("\"");
    for (const char c : value) {
        put_escaped(c);
    }
    put("\"");
}

void LogLine::number(const char *field, int64_t value) {
    name(field);
    put_digits(value);
}

void LogLine::milliseconds(const char *field, int64_t micros) {
    const int64_t whole = std::max<int64_t>(micros, 0);
    number(field, whole / 1000);
    const std::array<char, 4> fraction = {'.', static_cast<char>('0' + whole / 100 % 10),
                                          static_cast<char>('0' + whole / 10 % 10),
                                          static_cast<char>('0' + whole % 10)};
    put({fraction.data(), fraction.size()});
}

void LogLine::flag(const char *field, bool value) {
    name(field);
    put(value ? "true" : "false");
}

const char *LogLine::done() {
    put("}");
    line_[size_] = '\0';
    return line_.data();
}

void LogLine::name(const char *field) {
    put(size_ == 0 ? "{\"" : ",\"");
    put(field);
    put("\":");
}

void LogLine::put(std::string_view text) {
    const size_t room = line_.size() - 1 - size_;
    const size_t count = std::min(room, text.size());
    std::copy_n(text.data(), count, line_.data() + size_);
    size_ += count;
}

void LogLine::put_escaped(char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
        put("\\");
    } else if (byte < 0x20 || byte == 0x7f) {
        const std::array<char, 6> escape = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
        put({escape.data(), escape.size()});
        return;
    }
    put({&c, 1});
}

void LogLine::put_digits(int64_t value) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    put({digits.data(), static_cast<size_t>(end - digits.data())});
}

} // namespace billing::tenancy
