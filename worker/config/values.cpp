#include "config/values.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <libpq-fe.h>

#include "base/text.hpp"

namespace billing::worker::config {

namespace {

std::string between(const std::string &low, const std::string &high) {
    return "must be between " + low + " and " + high;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    return parse_integer<std::uint16_t>(text);
}

// What stands behind "://", up to the path: "localhost:12111" of "http://localhost:12111/v1".
std::string_view authority_of(std::string_view url) {
    const auto start = url.find("://");
    const auto rest = url.substr(start == std::string_view::npos ? url.size() : start + 3);
    return rest.substr(0, rest.find('/'));
}

bool is_loopback(std::string_view authority) {
    const auto colon = authority.rfind(':');
    const auto host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1)
                                                 : authority.substr(0, colon);
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

} // namespace

bool has_blank(std::string_view text) {
    return text.find_first_of(" \t\r\n") != std::string_view::npos;
}

std::string parse_address(std::string_view text, Address &address) {
    constexpr std::string_view kUnix = "unix:";
    if (text.starts_with(kUnix)) {
        address.path = text.substr(kUnix.size());
        constexpr std::size_t kLongestPath = 107; // sizeof(sockaddr_un::sun_path) - 1
        const bool usable = address.path.starts_with('/') && address.path.size() <= kLongestPath;
        return usable ? "" : "needs an absolute path of at most 107 bytes after unix:";
    }
    const auto colon = text.rfind(':');
    const auto port = parse_port(colon == std::string_view::npos ? "" : text.substr(colon + 1));
    auto host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return "needs brackets around an IPv6 address, as in [::1]:8090";
    }
    if (!port || host.empty()) {
        return "must be host:port or unix:/path";
    }
    address.host = host;
    address.port = *port;
    return "";
}

std::string parse_bounded(std::string_view text, std::int64_t low, std::int64_t high,
                          std::int64_t &value) {
    const auto number = parse_integer<std::int64_t>(text);
    if (!number || *number < low || *number > high) {
        return between(std::to_string(low), std::to_string(high));
    }
    value = *number;
    return "";
}

std::string parse_bounded_size(std::string_view text, std::int64_t low, std::int64_t high,
                               std::int64_t &value) {
    const auto bytes = parse_size(text);
    if (!bytes || *bytes < low || *bytes > high) {
        return between(std::to_string(low), std::to_string(high)) +
               " bytes, as a number or with KiB or MiB";
    }
    value = *bytes;
    return "";
}

std::string parse_bounded_duration(std::string_view text, Milliseconds low, Milliseconds high,
                                   Milliseconds &value) {
    const auto duration = parse_duration(text);
    if (!duration || *duration < low || *duration > high) {
        return between(format_duration(low), format_duration(high)) +
               ", as a number with ms, s or m";
    }
    value = *duration;
    return "";
}

std::string check_database_url(std::string_view text) {
    if (text.empty()) {
        return "";
    }
    char *error = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed{
        PQconninfoParse(std::string{text}.c_str(), &error), &PQconninfoFree};
    // libpq's own words may quote the password.
    const std::unique_ptr<char, decltype(&PQfreemem)> words{error, &PQfreemem};
    return parsed ? "" : "is not a libpq connection string or URI";
}

std::string check_api_base(std::string_view text) {
    const auto authority = authority_of(text);
    const bool named = !authority.empty() && authority.find('@') == std::string_view::npos;
    const bool https = text.starts_with("https://");
    const bool local = text.starts_with("http://") && is_loopback(authority);
    return named && (https || local) && !has_blank(text)
               ? ""
               : "must be an https:// URL (http:// only on loopback)";
}

std::string check_api_version(std::string_view text) {
    constexpr std::string_view kShape = "dddd-dd-dd";
    const auto fits = [](char shape, char c) {
        return shape == 'd' ? c >= '0' && c <= '9' : c == shape;
    };
    const bool dated = text.size() >= kShape.size() &&
                       std::equal(kShape.begin(), kShape.end(), text.begin(), fits);
    const auto name = dated ? text.substr(kShape.size()) : std::string_view{};
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const bool named = name.empty() || (name.size() > 1 && name[0] == '.' &&
                                        std::all_of(name.begin() + 1, name.end(), lower));
    return text.empty() || (dated && named) ? "" : "must look like 2025-09-30 or 2025-09-30.clover";
}

std::string check_redis_url(std::string_view text) {
    const bool known = text.starts_with("redis://") || text.starts_with("rediss://") ||
                       text.starts_with("unix://");
    return text.empty() || (known && !has_blank(text))
               ? ""
               : "must be a redis://, rediss:// or unix:// URL";
}

} // namespace billing::worker::config
