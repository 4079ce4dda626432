#include "base/uuid.hpp"

#include "base/text.hpp"

namespace billing::worker {

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) {
        return std::nullopt;
    }
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t byte = 0; byte < uuid.bytes.size(); ++byte) {
        if (byte == 4 || byte == 6 || byte == 8 || byte == 10) {
            if (text[at++] != '-') {
                return std::nullopt;
            }
        }
        const int high = hex_value(text[at]);
        const int low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        uuid.bytes[byte] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    return uuid;
}

std::string to_string(const Uuid &uuid) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t byte = 0; byte < uuid.bytes.size(); ++byte) {
        if (byte == 4 || byte == 6 || byte == 8 || byte == 10) {
            text += '-';
        }
        text += kDigits[uuid.bytes[byte] >> 4];
        text += kDigits[uuid.bytes[byte] & 15];
    }
    return text;
}

} // namespace billing::worker
