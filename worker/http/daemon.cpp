// What libmicrohttpd calls, and how its daemon is set up.
#include "http/server.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

#include <microhttpd.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace billing::worker::http {

struct Callbacks {
    static Connections::Connection &connection_of(MHD_Connection *raw) {
        const auto *const info = MHD_get_connection_info(raw, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        return *static_cast<Connections::Connection *>(info->socket_context);
    }

    static MHD_Result on_request(void *self, MHD_Connection *raw, const char *path,
                                 const char *method, const char *, const char *data,
                                 std::size_t *size, void **state) {
        auto &server = *static_cast<Server *>(self);
        auto &connection = connection_of(raw);
        auto step = Server::Step::go_on;
        if (*state == nullptr) {
            *state = &connection;
            step = server.begin(connection, raw, path, method);
        } else if (*size > 0) {
            step = server.receive(connection.exchange, {data, *size});
            *size = 0;
        } else {
            step = server.finish(connection);
        }
        return step == Server::Step::go_on ? MHD_YES : MHD_NO;
    }

    // The request line has come: from here on the rest of the head is due.
    static void *on_request_line(void *self, const char *, MHD_Connection *raw) {
        static_cast<Server *>(self)->enter(connection_of(raw), Phase::head);
        return nullptr;
    }

    static void on_completed(void *self, MHD_Connection *, void **state,
                             MHD_RequestTerminationCode) {
        if (*state == nullptr) {
            return;
        }
        auto &server = *static_cast<Server *>(self);
        auto &connection = *static_cast<Connections::Connection *>(*state);
        connection.exchange.drop_body();
        server.enter(connection, Phase::idle);
        server.active_.fetch_sub(1);
        *state = nullptr;
    }

    static void on_connection(void *self, MHD_Connection *raw, void **context,
                              MHD_ConnectionNotificationCode what) {
        auto &server = *static_cast<Server *>(self);
        if (what == MHD_CONNECTION_NOTIFY_STARTED) {
            const int fd =
                MHD_get_connection_info(raw, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
            auto &connection = server.connections_.add(fd);
            server.enter(connection, Phase::connected);
            server.stats_.connections_total.fetch_add(1, std::memory_order_relaxed);
            *context = &connection;
        } else {
            server.connections_.remove(*static_cast<Connections::Connection *>(*context));
        }
    }

    static void on_log(void *, const char *format, va_list arguments) {
        std::array<char, 256> text{};
        vsnprintf(text.data(), text.size(), format, arguments);
        log::debug("http_library", {{"message", trimmed(text.data())}});
    }
};

bool Server::start_daemon() {
    constexpr std::size_t kMemoryPerConnection = 16 * 1024; // half of it bounds the head
    const unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    daemon_ = MHD_start_daemon(
        flags, 0, nullptr, nullptr, &Callbacks::on_request, this, MHD_OPTION_EXTERNAL_LOGGER,
        &Callbacks::on_log, this, MHD_OPTION_LISTEN_SOCKET, listener_.fd(),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMemoryPerConnection, MHD_OPTION_CONNECTION_LIMIT,
        limits_.max_connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits_.max_connections_per_ip,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, &Callbacks::on_request_line,
        this, MHD_OPTION_NOTIFY_COMPLETED, &Callbacks::on_completed, this,
        MHD_OPTION_NOTIFY_CONNECTION, &Callbacks::on_connection, this,
        limits_.threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, limits_.threads,
        MHD_OPTION_END);
    return daemon_ != nullptr;
}

} // namespace billing::worker::http
