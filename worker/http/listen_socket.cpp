#include "http/listen_socket.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace billing::worker::http {

namespace {

constexpr int kBacklog = 1024;

Error system_error(const char *step) {
    return {ErrorKind::permanent, "cannot_listen",
            std::string{step} + ": " + std::generic_category().message(errno)};
}

std::uint16_t bound_port(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    getsockname(fd, reinterpret_cast<sockaddr *>(&storage), &length);
    return ntohs(storage.ss_family == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6 *>(&storage)->sin6_port
                     : reinterpret_cast<const sockaddr_in *>(&storage)->sin_port);
}

bool bind_and_listen(int fd, const sockaddr *address, socklen_t length) {
    return fd >= 0 && bind(fd, address, length) == 0 && listen(fd, kBacklog) == 0;
}

// Whether a socket file is left over from a process that is gone.
bool is_abandoned(const sockaddr_un &address) {
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool refused =
        connect(probe, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 &&
        errno == ECONNREFUSED;
    close(probe);
    return refused;
}

} // namespace

ListenSocket::ListenSocket(ListenSocket &&other) noexcept
    : fd_(std::exchange(other.fd_, -1)), address_(std::move(other.address_)) {}

ListenSocket::~ListenSocket() {
    if (fd_ < 0) {
        return;
    }
    close(fd_);
    if (!address_.path.empty()) {
        unlink(address_.path.c_str());
    }
}

void ListenSocket::refuse_new() const {
    shutdown(fd_, SHUT_RDWR);
}

Result<ListenSocket> ListenSocket::open(const config::Address &address) {
    return address.path.empty() ? open_internet(address) : open_unix(address);
}

Result<ListenSocket> ListenSocket::open_internet(const config::Address &address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo *list = nullptr;
    const auto port = std::to_string(address.port);
    if (const int code = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &list);
        code != 0) {
        return Error{ErrorKind::permanent, "cannot_listen", gai_strerror(code)};
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{list, &freeaddrinfo};
    const int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ListenSocket made{fd, address};
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!bind_and_listen(fd, list->ai_addr, list->ai_addrlen)) {
        return system_error("bind");
    }
    made.address_.port = bound_port(fd);
    return made;
}

Result<ListenSocket> ListenSocket::open_unix(const config::Address &address) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, address.path.c_str(), sizeof name.sun_path - 1);
    const auto *const generic = reinterpret_cast<const sockaddr *>(&name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool bound = bind_and_listen(fd, generic, sizeof name);
    if (!bound && errno == EADDRINUSE && is_abandoned(name)) {
        unlink(name.sun_path);
        bound = bind_and_listen(fd, generic, sizeof name);
    }
    if (!bound) {
        const auto error = system_error("bind");
        close(fd);
        return error;
    }
    return ListenSocket{fd, address};
}

} // namespace billing::worker::http
