#include "applier/lane.hpp"

#include <poll.h>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace billing::worker::applier {

namespace {

constexpr const char *kSql = "SELECT applied, failed, remaining FROM billing.process_events($1)";

bool stopped(const Wake &stop, std::chrono::milliseconds time) {
    pollfd watched{stop.fd(), POLLIN, 0};
    return poll(&watched, 1, static_cast<int>(time.count())) > 0;
}

std::int64_t number(const PGresult *row, const char *column) {
    return parse_integer<std::int64_t>(db::field(row, 0, column).value_or("0")).value_or(0);
}

Result<Progress> process(db::Connection &connection, std::int64_t events, const Wake &stop) {
    auto row = connection.query(kSql, {std::to_string(events)}, stop);
    if (!row) {
        return row.error();
    }
    if (PQntuples(row->get()) != 1) {
        return Error{ErrorKind::bug, "", "process_events gave no row"};
    }
    return Progress{number(row->get(), "applied"), number(row->get(), "failed"),
                    number(row->get(), "remaining")};
}

// Works until an error or the stop.
std::optional<Error> work(db::Connection &connection, const LaneOptions &options, LaneStats &stats,
                          Bell &bell, Backoff &backoff, const Wake &stop) {
    std::uint64_t heard = 0;
    while (!stopped(stop, std::chrono::milliseconds{0})) {
        // Listen before looking: what comes meanwhile rings again.
        heard = bell.wait(heard, std::chrono::milliseconds{0});
        auto progress = process(connection, options.events, stop);
        if (!progress) {
            return progress.error();
        }
        backoff.reset();
        stats.applied += static_cast<std::uint64_t>(progress->applied);
        stats.failed += static_cast<std::uint64_t>(progress->failed);
        ++stats.batches;
        if (!go_on(*progress)) {
            bell.wait(heard, options.poll_interval);
        }
    }
    return std::nullopt;
}

} // namespace

bool go_on(const Progress &progress) {
    return progress.applied + progress.failed > 0;
}

void run_lane(const LaneOptions &options, LaneStats &stats, Bell &bell, const Wake &stop) {
    Backoff backoff{std::chrono::milliseconds{100}, std::chrono::milliseconds{5000}};
    std::optional<db::Connection> connection;
    while (!stopped(stop, std::chrono::milliseconds{0})) {
        std::optional<Error> error;
        if (!connection) {
            auto opened = db::Connection::open(options.database);
            if (opened) {
                connection = std::move(*opened);
                ++stats.connected;
            } else {
                error = opened.error();
            }
        }
        if (connection) {
            error = work(*connection, options, stats, bell, backoff, stop);
        }
        if (connection && (!error || !connection->alive())) {
            connection.reset();
            --stats.connected;
        }
        if (error && !stopped(stop, std::chrono::milliseconds{0})) {
            const auto delay = backoff.next();
            ++stats.errors;
            log::warn("lane_error", {{"sqlstate", error->code},
                                     {"message", error->message},
                                     {"retry_ms", delay.count()}});
            stopped(stop, delay);
        }
    }
}

} // namespace billing::worker::applier
