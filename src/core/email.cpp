#include "core/email.hpp"

namespace billing::core {

namespace {

constexpr size_t kMaxAddress = 254;
constexpr size_t kMaxLocal = 64;
constexpr size_t kMaxLabel = 63;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_word(std::string_view word) {
    constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
    for (const char c : word) {
        if (!is_letter_or_digit(c) && kMarks.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return !word.empty();
}

bool is_label(std::string_view label) {
    if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') {
        return false;
    }
    for (const char c : label) {
        if (!is_letter_or_digit(c) && c != '-') {
            return false;
        }
    }
    return true;
}

// The number of parts between dots; 0 where one of them is not acceptable.
template <class Accept>
int dotted(std::string_view text, Accept accept) {
    for (int count = 1;; ++count) {
        const size_t dot = text.find('.');
        if (!accept(text.substr(0, dot))) {
            return 0;
        }
        if (dot == std::string_view::npos) {
            return count;
        }
        text.remove_prefix(dot + 1);
    }
}

} // namespace

bool is_email(std::string_view text) {
    const size_t at = text.rfind('@');
    if (at == std::string_view::npos || at > kMaxLocal || text.size() > kMaxAddress) {
        return false;
    }
    return dotted(text.substr(0, at), is_word) > 0 && dotted(text.substr(at + 1), is_label) > 1;
}

} // namespace billing::core
