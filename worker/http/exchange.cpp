#include "http/exchange.hpp"

#include <utility>

#include <microhttpd.h>

#include "http/server.hpp"

namespace billing::worker::http {

std::optional<std::string_view> Exchange::header(const char *name) const {
    const char *value = nullptr;
    std::size_t size = 0;
    const auto found = MHD_lookup_connection_value_n(connection_, MHD_HEADER_KIND, name,
                                                     std::string_view{name}.size(), &value, &size);
    if (found != MHD_YES || value == nullptr) {
        return std::nullopt;
    }
    return std::string_view{value, size};
}

std::string Exchange::take_body() {
    server_->budget_.give_back(std::exchange(charged_, 0));
    return std::exchange(body_, std::string{});
}

void Exchange::defer() {
    server_->suspended_.fetch_add(1);
    MHD_suspend_connection(connection_);
}

void Exchange::resume(Answer answer) {
    // The next request may reuse the exchange as soon as its connection runs again.
    auto *const server = server_;
    answer_ = std::move(answer);
    MHD_resume_connection(connection_);
    server->suspended_.fetch_sub(1);
}

Answer Exchange::refuse(const Refusal &refusal) const {
    return http::refuse(refusal, path_, std::chrono::system_clock::now());
}

void Exchange::begin(Server &server, MHD_Connection *connection, const char *path,
                     const char *method) {
    server_ = &server;
    connection_ = connection;
    handler_ = nullptr;
    method_ = method;
    path_ = path;
    parameter_ = {};
    received_ = 0;
    answer_.reset();
}

void Exchange::drop_body() {
    server_->budget_.give_back(std::exchange(charged_, 0));
    body_ = std::string{};
}

} // namespace billing::worker::http
