// Small questions about UTF-8 texts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace billing::core {

inline bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

inline int64_t characters_in(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); });
}

// ASCII's control characters.
inline bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// At most `bytes` of it, and no part of a character.
inline std::string clipped(std::string_view text, size_t bytes) {
    if (text.size() <= bytes) {
        return std::string(text);
    }
    while (bytes > 0 && continues_character(text[bytes])) {
        --bytes;
    }
    return std::string(text.substr(0, bytes)) + "...";
}

// ASCII letters alone, as Stripe compares e-mail addresses.
inline std::string lower_case(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

} // namespace billing::core
