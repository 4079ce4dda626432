#include "config/definitions.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/values.hpp"

namespace billing::worker::config {

namespace {

using S = Settings;
using View = std::string_view;

template <auto Field>
std::string assign_address(S &settings, View text) {
    return parse_address(text, settings.*Field);
}

template <auto Field, std::int64_t Low, std::int64_t High>
std::string assign_count(S &settings, View text) {
    return parse_bounded(text, Low, High, settings.*Field);
}

template <auto Field, std::int64_t Low, std::int64_t High>
std::string assign_size(S &settings, View text) {
    return parse_bounded_size(text, Low, High, settings.*Field);
}

template <auto Field, std::int64_t LowMs, std::int64_t HighMs>
std::string assign_duration(S &settings, View text) {
    return parse_bounded_duration(text, Milliseconds{LowMs}, Milliseconds{HighMs}, settings.*Field);
}

std::string assign_database_url(S &settings, View text) {
    settings.database_url = Secret{std::string{text}};
    return check_database_url(text);
}

std::string assign_organization(S &settings, View text) {
    settings.organization_id = parse_uuid(text);
    return text.empty() || settings.organization_id ? "" : "is not a UUID";
}

std::string assign_webhook_secrets(S &settings, View text) {
    return assign_secrets(settings.webhook_secrets, text);
}

std::string assign_api_key(S &settings, View text) {
    settings.stripe_api_key = Secret{std::string{text}};
    return has_blank(text) ? "holds white space" : "";
}

std::string assign_api_base(S &settings, View text) {
    settings.stripe_api_base = text;
    return check_api_base(text);
}

std::string assign_api_version(S &settings, View text) {
    settings.stripe_api_version = text;
    return check_api_version(text);
}

std::string assign_redis_url(S &settings, View text) {
    settings.redis_url = Secret{std::string{text}};
    return check_redis_url(text);
}

std::string assign_log_level(S &settings, View text) {
    constexpr std::array<View, 4> kNames{"debug", "info", "warn", "error"};
    const auto found = std::find(kNames.begin(), kNames.end(), text);
    if (found == kNames.end()) {
        return "must be debug, info, warn or error";
    }
    settings.log_level = static_cast<log::Level>(found - kNames.begin());
    return "";
}

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kMinute = 60'000;

constexpr std::array kDefinitions{
    Definition{"DATABASE_URL", "", true, "libpq connection string; empty: libpq's own defaults",
               assign_database_url},
    Definition{"LISTEN", "127.0.0.1:8090", false, "webhooks: host:port or unix:/path",
               assign_address<&S::listen>},
    Definition{"ADMIN_LISTEN", "127.0.0.1:8091", false, "health and /metrics",
               assign_address<&S::admin_listen>},
    Definition{"ORGANIZATION_ID", "", false,
               "for /webhooks/stripe without an id, when the event names no known account",
               assign_organization},
    Definition{"STRIPE_WEBHOOK_SECRETS", "", true,
               "comma-separated; empty: the endpoint answers 404", assign_webhook_secrets},
    Definition{"STRIPE_API_KEY", "", true, "empty: nothing is fetched from or sent to Stripe",
               assign_api_key},
    Definition{"STRIPE_API_BASE", "https://api.stripe.com", false, "https, or http on loopback",
               assign_api_base},
    Definition{"STRIPE_API_VERSION", "", false, "empty: the version this program was made for",
               assign_api_version},
    Definition{"REDIS_URL", "", true, "empty: no cache", assign_redis_url},
    Definition{"LOG_LEVEL", "info", false, "debug, info, warn or error", assign_log_level},
    Definition{"MAX_BODY_BYTES", "1MiB", false, "a longer body is answered 413",
               assign_size<&S::max_body_bytes, kKiB, 16 * kMiB>},
    Definition{"MAX_CONNECTIONS", "1024", false, "more wait in the listen queue",
               assign_count<&S::max_connections, 1, 60'000>},
    Definition{"MAX_CONNECTIONS_PER_IP", "512", false,
               "more are closed; behind a proxy this is the proxy's share",
               assign_count<&S::max_connections_per_ip, 1, 60'000>},
    Definition{"HTTP_THREADS", "1", false, "threads that serve connections",
               assign_count<&S::http_threads, 1, 64>},
    Definition{"HEADER_TIMEOUT", "10s", false, "from the first byte to the end of the head",
               assign_duration<&S::header_timeout, 100, 10 * kMinute>},
    Definition{"BODY_TIMEOUT", "20s", false, "for the whole body",
               assign_duration<&S::body_timeout, 100, 10 * kMinute>},
    Definition{"IDLE_TIMEOUT", "60s", false, "between two requests of a connection",
               assign_duration<&S::idle_timeout, 100, 60 * kMinute>},
    Definition{"COMMIT_TIMEOUT", "10s", false, "a request that waits longer is answered 503",
               assign_duration<&S::commit_timeout, 100, 5 * kMinute>},
    Definition{"DRAIN_TIMEOUT", "20s", false, "what is in flight at SIGTERM has this long",
               assign_duration<&S::drain_timeout, 0, 10 * kMinute>},
    Definition{"QUEUE_BYTES", "8MiB", false, "bodies that wait for their commit; beyond it 503",
               assign_size<&S::queue_bytes, 64 * kKiB, 1024 * kMiB>},
    Definition{"BATCH_EVENTS", "256", false, "events in one transaction",
               assign_count<&S::batch_events, 1, 10'000>},
    Definition{"BATCH_BYTES", "4MiB", false, "bytes of bodies in one transaction",
               assign_size<&S::batch_bytes, kKiB, 64 * kMiB>},
    Definition{"LANES", "2", false, "connections that apply events; 0: another process does",
               assign_count<&S::lanes, 0, 64>},
    Definition{"LANE_EVENTS", "200", false, "events that a lane applies in one transaction",
               assign_count<&S::lane_events, 1, 100'000>},
    Definition{"POLL_INTERVAL", "1s", false, "lanes look for work at least this often",
               assign_duration<&S::poll_interval, 10, kMinute>},
};

} // namespace

std::span<const Definition> definitions() {
    return kDefinitions;
}

const Definition *find_definition(std::string_view name) {
    const auto found = std::find_if(kDefinitions.begin(), kDefinitions.end(),
                                    [&](const Definition &one) { return one.name == name; });
    return found == kDefinitions.end() ? nullptr : &*found;
}

std::string assign_secrets(Secrets &secrets, std::string_view text) {
    secrets.clear();
    for (auto &part : split_list(text, ",\n")) {
        if (has_blank(part)) {
            return "holds white space inside a secret";
        }
        secrets.emplace_back(std::move(part));
    }
    constexpr std::size_t kMostSecrets = 16;
    return secrets.size() > kMostSecrets ? "holds more than 16 secrets" : "";
}

} // namespace billing::worker::config
