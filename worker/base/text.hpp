// Small readers of text. Each takes the whole text or nothing: no sign, space or rest is skipped.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace billing::worker {

// The value of a hexadecimal digit, or -1.
int hex_value(char c);

std::string_view trimmed(std::string_view text);

// The parts between separators, trimmed, without the empty ones.
std::vector<std::string> split_list(std::string_view text, std::string_view separators);

template <std::integral T>
std::optional<T> parse_integer(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

// "250ms", "10s", "5m" or "10" (seconds).
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds value);

// "65536", "64KiB" or "1MiB".
std::optional<std::int64_t> parse_size(std::string_view text);

// 16 random hexadecimal digits: the id that stands in a log line and in the answer.
std::string random_id();

} // namespace billing::worker
