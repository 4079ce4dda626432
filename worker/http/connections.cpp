#include "http/connections.hpp"

#include <sys/socket.h>

namespace billing::worker::http {

Connections::Connection &Connections::add(int fd) {
    const std::lock_guard lock{mutex_};
    auto &connection = connections_.emplace_front(fd);
    connection.self = connections_.begin();
    return connection;
}

void Connections::remove(Connection &connection) {
    const std::lock_guard lock{mutex_};
    connections_.erase(connection.self);
}

void Connections::set_deadline(Connection &connection, SteadyTime deadline) {
    connection.deadline.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
}

std::size_t Connections::cut_overdue(SteadyTime now) {
    const std::lock_guard lock{mutex_};
    std::size_t cut = 0;
    for (auto &connection : connections_) {
        auto deadline = connection.deadline.load(std::memory_order_relaxed);
        if (deadline > now.time_since_epoch().count()) {
            continue;
        }
        // Only if the request has not gone on meanwhile.
        if (connection.deadline.compare_exchange_strong(
                deadline, SteadyTime::max().time_since_epoch().count())) {
            shutdown(connection.fd, SHUT_RDWR);
            ++cut;
        }
    }
    return cut;
}

std::size_t Connections::size() const {
    const std::lock_guard lock{mutex_};
    return connections_.size();
}

} // namespace billing::worker::http
