#include "stripe/shapes/json.hpp"

#include <charconv>
#include <optional>

namespace billing::stripe {
namespace {

constexpr std::string_view kReplacement = "\\ufffd";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_of_number(char c) {
    return is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

// The 16 bits of "\uXXXX" at the start of `text`.
std::optional<uint32_t> code_unit(std::string_view text) {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
        return std::nullopt;
    }
    uint32_t value = 0;
    const char *const end = text.data() + 6;
    const auto [parsed, error] = std::from_chars(text.data() + 2, end, value, 16);
    if (error != std::errc() || parsed != end) {
        return std::nullopt;
    }
    return value;
}

bool is_high_surrogate(uint32_t unit) {
    return unit >= 0xd800 && unit <= 0xdbff;
}

bool is_low_surrogate(uint32_t unit) {
    return unit >= 0xdc00 && unit <= 0xdfff;
}

// Copies the escape at `at` and returns its length.
size_t copy_escape(std::string_view text, size_t at, std::string &out) {
    const std::optional<uint32_t> unit = code_unit(text.substr(at));
    if (!unit) {
        const std::string_view escape = text.substr(at, 2);
        out += escape;
        return escape.size();
    }
    if (is_high_surrogate(*unit)) {
        const std::optional<uint32_t> next = code_unit(text.substr(at + 6));
        if (next && is_low_surrogate(*next)) {
            out += text.substr(at, 12);
            return 12;
        }
    }
    const bool keep = *unit != 0 && !is_high_surrogate(*unit) && !is_low_surrogate(*unit);
    out += keep ? text.substr(at, 6) : kReplacement;
    return 6;
}

// Copies the string that opens at `at`, with its quotes, and returns its length.
size_t copy_string(std::string_view text, size_t at, std::string &out) {
    const size_t begin = at;
    out += text[at++];
    while (at < text.size()) {
        size_t stop = at;
        while (stop < text.size() && text[stop] != '"' && text[stop] != '\\') {
            ++stop;
        }
        out += text.substr(at, stop - at);
        if (stop == text.size()) {
            return stop - begin;
        }
        if (text[stop] == '"') {
            out += '"';
            return stop + 1 - begin;
        }
        at = stop + copy_escape(text, stop, out);
    }
    return at - begin;
}

size_t digits_at(std::string_view text, size_t at) {
    size_t end = at;
    while (end < text.size() && is_digit(text[end])) {
        ++end;
    }
    return end - at;
}

// The number's own grammar, so that quoting never makes broken JSON valid.
bool is_number(std::string_view text) {
    size_t at = text.starts_with('-') ? 1 : 0;
    const size_t whole = digits_at(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) {
        return false;
    }
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const size_t fraction = digits_at(text, at + 1);
        if (fraction == 0) {
            return false;
        }
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
            ++at;
        }
        const size_t exponent = digits_at(text, at);
        if (exponent == 0) {
            return false;
        }
        at += exponent;
    }
    return at == text.size();
}

bool is_plain_integer(std::string_view number) {
    int64_t value = 0;
    const char *const end = number.data() + number.size();
    const auto [parsed, error] = std::from_chars(number.data(), end, value);
    return error == std::errc() && parsed == end;
}

size_t copy_number(std::string_view text, size_t at, std::string &out) {
    size_t stop = at;
    while (stop < text.size() && is_of_number(text[stop])) {
        ++stop;
    }
    const std::string_view number = text.substr(at, stop - at);
    const bool quote = !is_plain_integer(number) && is_number(number);
    if (quote) {
        out += '"';
    }
    out += number;
    if (quote) {
        out += '"';
    }
    return number.size();
}

} // namespace

std::string repair(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 64);
    size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at += copy_string(text, at, out);
        } else if (c == '-' || is_digit(c)) {
            at += copy_number(text, at, out);
        } else {
            out += c;
            ++at;
        }
    }
    return out;
}

} // namespace billing::stripe
