#include "http/router.hpp"

#include <optional>

namespace billing::worker::http {

namespace {

constexpr std::string_view kParameter = "{}";

// What stands behind the prefix, if that is exactly one part of the path.
std::optional<std::string_view> last_part(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix) || path.size() == prefix.size()) {
        return std::nullopt;
    }
    path.remove_prefix(prefix.size());
    return path.find('/') == std::string_view::npos ? std::optional{path} : std::nullopt;
}

} // namespace

void Router::add(const char *method, std::string_view path, Handler &handler) {
    const bool has_parameter = path.ends_with(kParameter);
    if (has_parameter) {
        path.remove_suffix(kParameter.size());
    }
    routes_.push_back({method, std::string{path}, has_parameter, &handler});
}

Match Router::find(std::string_view method, std::string_view path) const {
    const auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
    Match match;
    for (const auto &route : routes_) {
        const auto parameter = route.has_parameter  ? last_part(path, route.path)
                               : path == route.path ? std::optional{std::string_view{}}
                                                    : std::nullopt;
        if (!parameter) {
            continue;
        }
        match.allow = route.method;
        if (wanted == route.method) {
            match.handler = route.handler;
            match.parameter = *parameter;
            return match;
        }
    }
    return match;
}

} // namespace billing::worker::http
