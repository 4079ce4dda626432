#include "applier/listener.hpp"

#include <array>
#include <cstdlib>
#include <memory>

#include <poll.h>

#include "applier/key_use.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"

namespace billing::worker::applier {

namespace {

constexpr std::chrono::seconds kCheckInterval{5};
constexpr std::chrono::seconds kAnswerIsFresh{15};
constexpr const char *kStatsSql =
    "SELECT received, pending, extract(epoch FROM oldest_pending_age) AS oldest_pending_seconds,"
    " failed, alarms FROM billing.stats()";

double number(const PGresult *row, const char *column) {
    const auto text = db::field(row, 0, column);
    return text ? std::strtod(text->data(), nullptr) : 0; // libpq's values end in a NUL
}

// True if the stop was signalled.
bool wait_for_input(int socket, const Wake &stop, std::chrono::milliseconds time) {
    std::array<pollfd, 2> watched{{{stop.fd(), POLLIN, 0}, {socket, POLLIN, 0}}};
    poll(watched.data(), socket < 0 ? 1 : 2, static_cast<int>(time.count()));
    return watched[0].revents != 0;
}

// Whether events are waiting; the other channel's news go to `key_use`.
bool take_notifications(PGconn *connection, KeyUse &key_use) {
    bool events = false;
    while (const std::unique_ptr<PGnotify, decltype(&PQfreemem)> one{PQnotifies(connection),
                                                                     &PQfreemem}) {
        if (one->relname == kKeyUseChannel) {
            key_use.note(one->extra);
        } else {
            events = true;
        }
    }
    return events;
}

} // namespace

void Listener::run(const Wake &stop) {
    Backoff backoff{std::chrono::milliseconds{100}, std::chrono::milliseconds{5000}};
    while (!wait_for_input(-1, stop, std::chrono::milliseconds{0})) {
        const auto started = std::chrono::steady_clock::now();
        const auto error = listen(stop);
        if (!error) {
            return;
        }
        if (std::chrono::steady_clock::now() - started > kCheckInterval) {
            backoff.reset();
        }
        const auto delay = backoff.next();
        log::warn(
            "listener_lost",
            {{"sqlstate", error->code}, {"message", error->message}, {"retry_ms", delay.count()}});
        wait_for_input(-1, stop, delay);
    }
}

std::optional<Error> Listener::listen(const Wake &stop) {
    auto connection = db::Connection::open(options_);
    if (!connection) {
        return connection.error();
    }
    for (const char *command : {"LISTEN pg_billing_events", "LISTEN pg_billing_key_use"}) {
        const auto listening = connection->query(command, {}, stop);
        if (!listening) {
            return listening.error();
        }
    }
    KeyUse key_use;
    // Whatever came while nobody listened.
    bell_.ring();
    auto next_check = std::chrono::steady_clock::now();
    for (;;) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= next_check) {
            if (auto error = check(*connection, stop)) {
                return error;
            }
            if (auto error = key_use.write(*connection, stop)) {
                return error;
            }
            next_check = now + kCheckInterval;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_check - now);
        if (wait_for_input(connection->socket(), stop, left)) {
            return std::nullopt;
        }
        if (PQconsumeInput(connection->raw()) == 0) {
            return Error{ErrorKind::transient, "", "the connection broke"};
        }
        if (take_notifications(connection->raw(), key_use)) {
            bell_.ring();
        }
    }
}

std::optional<Error> Listener::check(db::Connection &connection, const Wake &stop) {
    const auto version = connection.query("SELECT billing.schema_version()", {}, stop);
    if (!version) {
        return version.error();
    }
    answered_at_.store(std::chrono::steady_clock::now().time_since_epoch().count());
    fetch_stats(connection, stop);
    return std::nullopt;
}

// Numbers for people to look at: when they cannot be had, the work goes on.
void Listener::fetch_stats(db::Connection &connection, const Wake &stop) {
    const auto row = connection.query(kStatsSql, {}, stop);
    const std::lock_guard lock{mutex_};
    if (!row || PQntuples(row->get()) != 1) {
        stats_.reset();
        return;
    }
    const auto *const values = row->get();
    stats_ = DatabaseStats{number(values, "received"), number(values, "pending"),
                           number(values, "oldest_pending_seconds"), number(values, "failed"),
                           number(values, "alarms")};
}

bool Listener::database_answers(SteadyTime now) const {
    const auto answered = answered_at_.load();
    return answered != 0 && now - SteadyTime{SteadyTime::duration{answered}} < kAnswerIsFresh;
}

std::optional<DatabaseStats> Listener::stats() const {
    const std::lock_guard lock{mutex_};
    return stats_;
}

} // namespace billing::worker::applier
