// A bound and listening socket. Port 0 becomes a free port, which address() then tells.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace billing::worker::http {

class ListenSocket {
  public:
    // A Unix socket that nobody listens on any more is replaced.
    static Result<ListenSocket> open(const config::Address &address);

    ListenSocket(ListenSocket &&other) noexcept;
    ListenSocket &operator=(ListenSocket &&) = delete;
    ~ListenSocket();

    int fd() const { return fd_; }
    const config::Address &address() const { return address_; }
    // New clients are refused from now on; the descriptor stays until the end.
    void refuse_new() const;

  private:
    ListenSocket(int fd, config::Address address) : fd_(fd), address_(std::move(address)) {}

    static Result<ListenSocket> open_internet(const config::Address &address);
    static Result<ListenSocket> open_unix(const config::Address &address);

    int fd_;
    config::Address address_;
};

} // namespace billing::worker::http
