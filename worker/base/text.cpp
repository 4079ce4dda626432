#include "base/text.hpp"

#include <array>
#include <random>
#include <utility>

namespace billing::worker {

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string> split_list(std::string_view text, std::string_view separators) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = text.find_first_of(separators);
        const auto part = trimmed(text.substr(0, end));
        if (!part.empty()) {
            parts.emplace_back(part);
        }
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return parts;
}

namespace {

// Reads a number with a unit after it: what follows the digits must be one of the units.
template <std::size_t N>
std::optional<std::int64_t>
parse_with_unit(std::string_view text,
                const std::array<std::pair<std::string_view, std::int64_t>, N> &units) {
    const auto digits = text.find_first_not_of("0123456789");
    const auto number = parse_integer<std::int64_t>(text.substr(0, digits));
    const auto unit = digits == std::string_view::npos ? std::string_view{} : text.substr(digits);
    for (const auto &[name, factor] : units) {
        if (number && unit == name && *number <= INT64_MAX / factor) {
            return *number * factor;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits{
        {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}}};
    const auto milliseconds = parse_with_unit(text, kUnits);
    if (!milliseconds) {
        return std::nullopt;
    }
    return std::chrono::milliseconds{*milliseconds};
}

std::string format_duration(std::chrono::milliseconds value) {
    const auto count = value.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> kUnits{
        {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}}};
    return parse_with_unit(text, kUnits);
}

std::string random_id() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    constexpr std::string_view kDigits = "0123456789abcdef";
    auto value = generator();
    std::string id(16, '0');
    for (char &digit : id) {
        digit = kDigits[value & 15];
        value >>= 4;
    }
    return id;
}

} // namespace billing::worker
