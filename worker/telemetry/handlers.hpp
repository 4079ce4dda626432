// GET /livez, /readyz, /version and /metrics.
#pragma once

#include <atomic>

#include "http/router.hpp"
#include "telemetry/metrics.hpp"

namespace billing::worker::telemetry {

// The process runs: always 200.
class Livez final : public http::Handler {
  public:
    std::optional<http::Answer> handle(http::Exchange &exchange) override;
};

class Version final : public http::Handler {
  public:
    std::optional<http::Answer> handle(http::Exchange &exchange) override;
};

// 200 only while events can be stored: the extension answers, with tables that it understands, and
// the process is not about to end. Otherwise 503 with the reasons.
class Readyz final : public http::Handler {
  public:
    Readyz(const webhook::Inbox &inbox, const applier::Listener &listener)
        : inbox_(inbox), listener_(listener) {}
    std::optional<http::Answer> handle(http::Exchange &exchange) override;
    void begin_drain() { draining_.store(true); }

  private:
    const webhook::Inbox &inbox_;
    const applier::Listener &listener_;
    std::atomic<bool> draining_{false};
};

class Metrics final : public http::Handler {
  public:
    explicit Metrics(const Sources &sources) : sources_(sources) {}
    std::optional<http::Answer> handle(http::Exchange &exchange) override;
    // Before the server that serves the metrics starts.
    void set_server(const http::Server &server) { sources_.server = &server; }

  private:
    Sources sources_;
};

} // namespace billing::worker::telemetry
