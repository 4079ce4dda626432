// One connection to PostgreSQL, and results that free themselves. A connection belongs to one
// thread. synchronous_commit is on for every transaction, whatever the server's default is.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/wake.hpp"

namespace billing::worker::db {

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

// The column's text, or nothing for NULL and for a column that is not there.
std::optional<std::string_view> field(const PGresult *result, int row, const char *column);
// The error that a failed result carries; its message is the server's primary one.
Error result_error(const PGresult *result);

struct Options {
    Secret url;
    std::string role_name; // what pg_stat_activity shows: pg_billing_worker/<role_name>
    std::chrono::milliseconds statement_timeout{std::chrono::seconds{30}};
};

class Connection {
  public:
    // Waits for at most 5 s for each host, unless the URL says connect_timeout.
    static Result<Connection> open(const Options &options);

    PGconn *raw() const { return connection_.get(); }
    int socket() const { return PQsocket(connection_.get()); }
    // Fit for another statement. One that is left inside a transaction by an error is not.
    bool alive() const {
        const auto transaction = PQtransactionStatus(connection_.get());
        return PQstatus(connection_.get()) == CONNECTION_OK && transaction != PQTRANS_INERROR &&
               transaction != PQTRANS_INTRANS;
    }
    // "host:port/database", for log lines.
    std::string where() const;

    // Runs one statement and waits for its rows. A signal on `stop` gives it 3 s more, then it is
    // canceled; the same happens to a server that answers nothing for twice the statement timeout.
    Result<PgResult> query(const char *sql, const std::vector<std::string> &arguments,
                           const Wake &stop);

  private:
    Connection(PGconn *connection, std::chrono::milliseconds patience)
        : connection_(connection, &PQfinish), patience_(patience) {}

    std::optional<Error> wait_for_result(const Wake &stop);
    void cancel() const;

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
    std::chrono::milliseconds patience_;
};

} // namespace billing::worker::db
