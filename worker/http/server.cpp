#include "http/server.hpp"

#include <algorithm>
#include <thread>

#include <microhttpd.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace billing::worker::http {

namespace {

constexpr std::chrono::seconds kRetryAfter{5};
// The first bytes of every body are free: small events never wait for someone's large one.
constexpr std::int64_t kFreeBytes = 16 * 1024;
constexpr std::size_t kFirstReserve = 64 * 1024;

Refusal too_large(const Limits &limits, bool close) {
    return {413,
            "body_too_large",
            "body is longer than " + std::to_string(limits.max_body_bytes) + " bytes",
            {},
            std::chrono::seconds{0},
            close};
}

} // namespace

Result<std::unique_ptr<Server>> Server::start(const config::Address &address, const Limits &limits,
                                              const Router &router) {
    auto listener = ListenSocket::open(address);
    if (!listener) {
        return listener.error();
    }
    auto server = std::make_unique<Server>(std::move(*listener), limits, router);
    if (!server->start_daemon()) {
        return Error{ErrorKind::permanent, "cannot_listen", "the HTTP library cannot start"};
    }
    return server;
}

Server::~Server() {
    stop();
}

void Server::enter(Connections::Connection &connection, Phase phase) {
    Connections::set_deadline(connection,
                              phase_deadline(limits_, phase, std::chrono::steady_clock::now()));
}

void Server::enforce_deadlines(SteadyTime now) {
    stats_.connections_cut += connections_.cut_overdue(now);
}

// ---- a request, on an HTTP thread ----

Server::Step Server::begin(Connections::Connection &connection, MHD_Connection *raw,
                           const char *path, const char *method) {
    auto &exchange = connection.exchange;
    exchange.begin(*this, raw, path, method);
    active_.fetch_add(1);
    stats_.requests.fetch_add(1, std::memory_order_relaxed);
    enter(connection, Phase::body);
    exchange.answer_ = judge_head(exchange);
    if (exchange.answer_ && exchange.answer_->close) {
        return queue(connection, *exchange.answer_); // at once, without the body
    }
    return Step::go_on;
}

// What can be said before the body is there.
std::optional<Answer> Server::judge_head(Exchange &exchange) {
    const auto length = exchange.header(MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length && exchange.header(MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
        return exchange.refuse({400,
                                "ambiguous_length",
                                "request has both Content-Length and Transfer-Encoding",
                                {},
                                std::chrono::seconds{0},
                                true});
    }
    const auto bytes = parse_integer<std::int64_t>(length.value_or("0")).value_or(INT64_MAX);
    if (bytes > limits_.max_body_bytes) {
        stats_.refused_too_large.fetch_add(1, std::memory_order_relaxed);
        return exchange.refuse(too_large(limits_, true));
    }
    if (draining_.load(std::memory_order_relaxed)) {
        return exchange.refuse(
            {503, "shutting_down", "server is shutting down", {}, kRetryAfter, true});
    }
    const auto match = router_.find(exchange.method(), exchange.path());
    if (match.handler == nullptr && match.allow != nullptr) {
        auto answer = exchange.refuse({405, "method_not_allowed", "path takes another method"});
        answer.allow = match.allow;
        return answer;
    }
    if (match.handler == nullptr) {
        return exchange.refuse({404, "not_found", "no such path"});
    }
    exchange.handler_ = match.handler;
    exchange.parameter_ = match.parameter;
    auto answer = match.handler->admit(exchange);
    if (!answer && bytes > 0) {
        exchange.body_.reserve(std::min(static_cast<std::size_t>(bytes), kFirstReserve));
    }
    return answer;
}

Server::Step Server::receive(Exchange &exchange, std::string_view chunk) {
    exchange.received_ += static_cast<std::int64_t>(chunk.size());
    const auto verdict = judge_body(limits_, exchange.received_);
    if (verdict == BodyVerdict::cut) {
        stats_.refused_too_large.fetch_add(1, std::memory_order_relaxed);
        return Step::close;
    }
    if (exchange.answer_) {
        return Step::go_on;
    }
    if (verdict == BodyVerdict::discard_too_large) {
        stats_.refused_too_large.fetch_add(1, std::memory_order_relaxed);
        exchange.drop_body();
        exchange.answer_ = exchange.refuse(too_large(limits_, false));
    } else if (!keep(exchange, chunk)) {
        stats_.refused_overload.fetch_add(1, std::memory_order_relaxed);
        exchange.drop_body();
        exchange.answer_ =
            exchange.refuse({503, "overloaded", "too much is being received", {}, kRetryAfter});
    }
    return Step::go_on;
}

bool Server::keep(Exchange &exchange, std::string_view chunk) {
    const auto due = std::max<std::int64_t>(0, exchange.received_ - kFreeBytes);
    if (due > exchange.charged_) {
        if (!budget_.take(due - exchange.charged_)) {
            return false;
        }
        exchange.charged_ = due;
    }
    exchange.body_.append(chunk);
    return true;
}

// The body is complete, or the exchange was resumed with its answer.
Server::Step Server::finish(Connections::Connection &connection) {
    auto &exchange = connection.exchange;
    if (!exchange.answer_) {
        enter(connection, Phase::waiting);
        auto answer = exchange.handler_->handle(exchange);
        if (!answer) {
            return Step::go_on;
        }
        exchange.answer_ = std::move(answer);
    }
    return queue(connection, *exchange.answer_);
}

Server::Step Server::queue(Connections::Connection &connection, const Answer &answer) {
    enter(connection, Phase::answering);
    auto *const response = MHD_create_response_from_buffer(
        answer.body.size(), const_cast<char *>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) {
        return Step::close;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type);
    if (answer.allow != nullptr) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer.allow);
    }
    if (answer.retry_after.count() > 0) {
        const auto seconds = std::to_string(answer.retry_after.count());
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds.c_str());
    }
    if (answer.close || draining_.load(std::memory_order_relaxed)) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    const auto queued =
        MHD_queue_response(connection.exchange.connection_, answer.status, response);
    MHD_destroy_response(response);
    return queued == MHD_YES ? Step::go_on : Step::close;
}

// ---- the end ----

void Server::begin_drain() {
    draining_.store(true);
    if (daemon_ != nullptr) {
        MHD_quiesce_daemon(daemon_);
        listener_.refuse_new();
    }
}

bool Server::wait_until_idle(SteadyTime limit) {
    constexpr std::chrono::milliseconds kStep{5};
    while (active_.load() > 0) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= limit) {
            return false;
        }
        enforce_deadlines(now);
        std::this_thread::sleep_for(kStep);
    }
    return true;
}

void Server::stop() {
    if (daemon_ == nullptr) {
        return;
    }
    if (!draining_.load()) {
        begin_drain();
    }
    while (suspended_.load() > 0) {
        std::this_thread::yield();
    }
    MHD_stop_daemon(daemon_);
    daemon_ = nullptr;
}

} // namespace billing::worker::http
