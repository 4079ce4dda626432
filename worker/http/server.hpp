// An HTTP server on one address: libmicrohttpd with epoll, in front of a router. It holds every
// client to the limits; enforce_deadlines() has to be called a few times a second.
//
// The end: begin_drain(), then wait_until_idle(), then stop() once nobody holds a deferred
// exchange any more (libmicrohttpd aborts the process over a suspended connection).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "http/connections.hpp"
#include "http/limits.hpp"
#include "http/listen_socket.hpp"
#include "http/router.hpp"

struct MHD_Daemon;
struct MHD_Connection;

namespace billing::worker::http {

struct ServerStats {
    std::atomic<std::uint64_t> connections_total{0};
    std::atomic<std::uint64_t> connections_cut{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused_too_large{0};
    std::atomic<std::uint64_t> refused_overload{0};
};

class Server {
  public:
    // The router must outlive the server.
    static Result<std::unique_ptr<Server>> start(const config::Address &address,
                                                 const Limits &limits, const Router &router);
    Server(ListenSocket listener, const Limits &limits, const Router &router)
        : listener_(std::move(listener)), limits_(limits), router_(router),
          budget_(limits.max_buffered_bytes) {}
    ~Server();

    const config::Address &address() const { return listener_.address(); }
    const ServerStats &stats() const { return stats_; }
    std::size_t open_connections() const { return connections_.size(); }
    std::int64_t buffered_bytes() const { return budget_.held(); }

    void enforce_deadlines(SteadyTime now);

    // No new connection; a new request on an open one is answered 503.
    void begin_drain();
    // True when every request that had begun is answered; false when the time was up before.
    bool wait_until_idle(SteadyTime limit);
    void stop();

  private:
    friend class Exchange;
    friend struct Callbacks;

    enum class Step { go_on, close };

    bool start_daemon();
    void enter(Connections::Connection &connection, Phase phase);

    Step begin(Connections::Connection &connection, MHD_Connection *raw, const char *path,
               const char *method);
    Step receive(Exchange &exchange, std::string_view chunk);
    Step finish(Connections::Connection &connection);
    std::optional<Answer> judge_head(Exchange &exchange);
    bool keep(Exchange &exchange, std::string_view chunk);
    Step queue(Connections::Connection &connection, const Answer &answer);

    ListenSocket listener_;
    const Limits limits_;
    const Router &router_;
    Budget budget_;
    Connections connections_;
    ServerStats stats_;
    std::atomic<bool> draining_{false};
    std::atomic<std::int64_t> active_{0};    // requests between their head and their end
    std::atomic<std::int64_t> suspended_{0}; // of these, the deferred ones
    MHD_Daemon *daemon_ = nullptr;
};

} // namespace billing::worker::http
