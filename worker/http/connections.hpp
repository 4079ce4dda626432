// The open connections of one server and the deadline of each. libmicrohttpd's own time-out counts
// inactivity only, so a client that sends a byte now and then would stay for ever.
#pragma once

#include <atomic>
#include <list>
#include <mutex>

#include "http/exchange.hpp"
#include "http/limits.hpp"

namespace billing::worker::http {

class Connections {
  public:
    struct Connection {
        explicit Connection(int socket) : fd(socket) {}
        const int fd;
        std::atomic<SteadyTime::rep> deadline{SteadyTime::max().time_since_epoch().count()};
        std::list<Connection>::iterator self;
        Exchange exchange;
    };

    Connection &add(int fd);
    // Afterwards the descriptor is closed by its owner, so nothing here may know it any longer.
    void remove(Connection &connection);
    static void set_deadline(Connection &connection, SteadyTime deadline);

    // Shuts the sockets whose time is over and says how many. It holds the mutex that remove()
    // takes: a descriptor that was closed and given to someone else is never shut.
    std::size_t cut_overdue(SteadyTime now);
    std::size_t size() const;

  private:
    mutable std::mutex mutex_;
    std::list<Connection> connections_;
};

} // namespace billing::worker::http
