#include "service.hpp"

#include <array>
#include <functional>
#include <memory>
#include <utility>

#include <malloc.h>
#include <unistd.h>

#include "applier/applier.hpp"
#include "base/log.hpp"
#include "base/stop_signals.hpp"
#include "base/version.hpp"
#include "cli/command.hpp"
#include "http/server.hpp"
#include "telemetry/handlers.hpp"
#include "webhook/endpoint.hpp"

namespace billing::worker {

namespace {

constexpr std::chrono::milliseconds kDeadlineStep{200};
constexpr std::chrono::milliseconds kLastAnswers{1000};

http::Limits webhook_limits(const config::Settings &settings) {
    http::Limits limits;
    limits.max_body_bytes = settings.max_body_bytes;
    limits.max_buffered_bytes = settings.queue_bytes;
    limits.max_connections = static_cast<unsigned>(settings.max_connections);
    limits.max_connections_per_ip = static_cast<unsigned>(settings.max_connections_per_ip);
    limits.threads = static_cast<unsigned>(settings.http_threads);
    limits.header_timeout = settings.header_timeout;
    limits.body_timeout = settings.body_timeout;
    limits.idle_timeout = settings.idle_timeout;
    return limits;
}

http::Limits admin_limits() {
    http::Limits limits;
    limits.max_body_bytes = 1024;
    limits.max_connections = 32;
    limits.max_connections_per_ip = 32;
    return limits;
}

webhook::InboxOptions inbox_options(const config::Settings &settings,
                                    std::function<void()> stored) {
    webhook::InboxOptions options;
    // A statement that nobody waits for any more is given up.
    options.database = {settings.database_url, "inbox", settings.commit_timeout};
    options.default_organization = settings.organization_id;
    options.batch.max_events = static_cast<std::size_t>(settings.batch_events);
    options.batch.max_bytes = static_cast<std::size_t>(settings.batch_bytes);
    options.queue_bytes = settings.queue_bytes;
    options.commit_timeout = settings.commit_timeout;
    options.stored = std::move(stored);
    return options;
}

applier::LaneOptions lane_options(const config::Settings &settings) {
    return {{settings.database_url, "lane", std::chrono::minutes{5}},
            settings.lane_events,
            settings.poll_interval};
}

class Service {
  public:
    explicit Service(const config::Settings &settings)
        : settings_(settings), inbox_(inbox_options(settings, [this] { applier_.wake(); })),
          endpoint_(webhook::SecretBook{settings}, inbox_, clock_),
          applier_(lane_options(settings), settings.lanes,
                   {settings.database_url, "listener", std::chrono::seconds{10}}),
          readyz_(inbox_, applier_.listener()), metrics_({nullptr, endpoint_, inbox_, applier_}) {
        for (auto *const router : {&webhook_routes_, &admin_routes_}) {
            router->add("GET", "/livez", livez_);
            router->add("GET", "/readyz", readyz_);
        }
        webhook_routes_.add("POST", "/webhooks/stripe", endpoint_);
        webhook_routes_.add("POST", "/webhooks/stripe/{}", endpoint_);
        admin_routes_.add("GET", "/metrics", metrics_);
        admin_routes_.add("GET", "/version", version_);
    }

    bool start() {
        // The sockets first: a wrong address is known at once.
        if (!listen(settings_.listen, webhook_limits(settings_), webhook_routes_, server_,
                    "webhooks")) {
            return false;
        }
        metrics_.set_server(*server_);
        if (!listen(settings_.admin_listen, admin_limits(), admin_routes_, admin_, "admin")) {
            return false;
        }
        inbox_.start();
        applier_.start();
        return true;
    }

    void run(const StopSignals &signals) {
        while (!signals.wait_for(kDeadlineStep)) {
            const auto now = std::chrono::steady_clock::now();
            server_->enforce_deadlines(now);
            admin_->enforce_deadlines(now);
        }
    }

    // What is in flight ends, or is told to come again; then everything else goes.
    bool stop() {
        log::info("stopping", {{"connections", server_->open_connections()}});
        const auto limit = std::chrono::steady_clock::now() + settings_.drain_timeout;
        readyz_.begin_drain();
        server_->begin_drain();
        const bool drained = server_->wait_until_idle(limit);
        inbox_.stop();
        if (!drained) {
            // Who was told to come again has to hear it before the connections close.
            server_->wait_until_idle(std::chrono::steady_clock::now() + kLastAnswers);
        }
        server_->stop();
        applier_.stop();
        admin_->stop();
        log::info("stopped", {{"drained", drained}});
        return drained;
    }

  private:
    static bool listen(const config::Address &address, const http::Limits &limits,
                       const http::Router &router, std::unique_ptr<http::Server> &server,
                       const char *name) {
        auto started = http::Server::start(address, limits, router);
        if (!started) {
            log::error("cannot_listen", {{"listener", name}, {"message", started.error().message}});
            return false;
        }
        server = std::move(*started);
        const auto &bound = server->address();
        log::info("listening", {{"listener", name},
                                {"address", bound.path.empty() ? bound.host : bound.path},
                                {"port", bound.port}});
        return true;
    }

    const config::Settings &settings_;
    SystemClock clock_;
    webhook::Inbox inbox_;
    webhook::Endpoint endpoint_;
    applier::Applier applier_;
    telemetry::Livez livez_;
    telemetry::Version version_;
    telemetry::Readyz readyz_;
    telemetry::Metrics metrics_;
    http::Router webhook_routes_;
    http::Router admin_routes_;
    std::unique_ptr<http::Server> server_;
    std::unique_ptr<http::Server> admin_;
};

} // namespace

int run(const config::Settings &settings) {
    // A few threads share two heaps, so that memory that one thread freed serves the others.
    mallopt(M_ARENA_MAX, 2);
    log::set_level(settings.log_level);
    const StopSignals signals;
    log::info("starting", {{"version", version()}, {"pid", getpid()}});
    Service service{settings};
    if (!service.start()) {
        return cli::kFailure;
    }
    service.run(signals);
    return service.stop() ? cli::kSuccess : cli::kFailure;
}

} // namespace billing::worker
