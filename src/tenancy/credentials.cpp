#include "tenancy/credentials.hpp"

#include "core/api_key.hpp"
#include "pg/boundary.hpp"
#include "stripe/shapes/node.hpp"

namespace billing::tenancy {

namespace {

using stripe::Node;

constexpr std::string_view kBearer = "bearer ";

pg::Error unreadable(const char *name) {
    return pg::Error(pg::Code::unauthenticated, std::string(name) + " cannot be read")
        .hint("It is a JSON object, as PostgREST sets it.");
}

// The object of a setting that is JSON; its elements live in the reader.
std::optional<Node> read_object(stripe::JsonReader &reader, const char *name) {
    const std::string_view text = request_setting(name);
    if (text.empty()) {
        return std::nullopt;
    }
    try {
        const Node node(reader.parse(text));
        if (node.is_object()) {
            return node;
        }
    } catch (const stripe::ShapeError &) {
    }
    throw unreadable(name);
}

std::optional<std::string> find_text(const Node &node, const char *setting, const char *name) {
    const auto found = node.find(name);
    if (!found) {
        return std::nullopt;
    }
    if (!found->is_string()) {
        throw unreadable(setting);
    }
    return stripe::text(node, name);
}

bool is_bearer(std::string_view header) {
    if (header.size() < kBearer.size()) {
        return false;
    }
    for (size_t i = 0; i < kBearer.size(); ++i) {
        if ((header[i] | 0x20) != kBearer[i]) {
            return false;
        }
    }
    return true;
}

void read_headers(stripe::JsonReader &reader, Credentials &out) {
    constexpr const char *kSetting = "request.headers";
    const auto headers = read_object(reader, kSetting);
    if (!headers) {
        return;
    }
    out.key = find_text(*headers, kSetting, "x-api-key");
    out.organization = find_text(*headers, kSetting, "x-organization-id");
    const auto header = find_text(*headers, kSetting, "authorization");
    if (!header || !is_bearer(*header)) {
        return;
    }
    const std::string_view token = std::string_view(*header).substr(kBearer.size());
    if (token.starts_with(core::kApiKeyMark)) {
        if (out.key) {
            throw pg::Error(pg::Code::unauthenticated, "this request has two API keys")
                .hint("Send X-Api-Key or Authorization, not both.");
        }
        out.key = token;
    }
}

void read_claims(stripe::JsonReader &reader, Credentials &out) {
    constexpr const char *kSetting = "request.jwt.claims";
    // PostgREST sets claims for everybody: a role, and for a user more. An escape could spell sub.
    const std::string_view text = request_setting(kSetting);
    if (text.find("\"sub\"") == std::string_view::npos &&
        text.find('\\') == std::string_view::npos) {
        return;
    }
    const auto claims = read_object(reader, kSetting);
    if (claims) {
        out.subject = find_text(*claims, kSetting, "sub");
    }
}

} // namespace

std::string_view request_setting(const char *name) {
    const char *value = pg::call([name] { return GetConfigOption(name, true, false); });
    return value != nullptr ? value : "";
}

Credentials read_credentials() {
    Credentials out;
    stripe::JsonReader reader; // for one after the other: what was read is copied
    read_headers(reader, out);
    read_claims(reader, out);
    if (out.key && out.subject) {
        throw pg::Error(pg::Code::unauthenticated, "this request has an API key and a JWT")
            .hint("Send one of them.");
    }
    return out;
}

} // namespace billing::tenancy
