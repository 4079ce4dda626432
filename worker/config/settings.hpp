// What the worker runs with: read once at the start, never changed afterwards. Every duration and
// limit has its default and its bounds in definitions.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/uuid.hpp"

namespace billing::worker::config {

// "127.0.0.1:8090", "[::1]:8090" or "unix:/run/pg_billing.sock"; port 0 lets the system choose.
struct Address {
    std::string host;
    std::uint16_t port = 0;
    std::string path; // of a Unix socket; then host and port mean nothing
};

using Milliseconds = std::chrono::milliseconds;
using Secrets = std::vector<Secret>;

struct Settings {
    Secret database_url;
    Address listen;
    Address admin_listen;
    std::optional<Uuid> organization_id;

    // Those of the environment serve each organization that has no entry of its own.
    Secrets webhook_secrets;
    std::map<Uuid, Secrets> organization_secrets;

    Secret stripe_api_key;
    std::string stripe_api_base;
    std::string stripe_api_version;
    Secret redis_url;

    log::Level log_level = log::Level::info;

    std::int64_t max_body_bytes = 0;
    std::int64_t max_connections = 0;
    std::int64_t max_connections_per_ip = 0;
    std::int64_t http_threads = 0;
    Milliseconds header_timeout{0};
    Milliseconds body_timeout{0};
    Milliseconds idle_timeout{0};
    Milliseconds commit_timeout{0};
    Milliseconds drain_timeout{0};

    std::int64_t queue_bytes = 0;
    std::int64_t batch_events = 0;
    std::int64_t batch_bytes = 0;

    std::int64_t lanes = 0;
    std::int64_t lane_events = 0;
    Milliseconds poll_interval{0};
};

} // namespace billing::worker::config
