#include "db/connection.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <poll.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "db/sqlstate.hpp"

namespace billing::worker::db {

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

bool has(const Parameters &parameters, std::string_view keyword) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const auto &one) { return one.first == keyword; });
}

void set_default(Parameters &parameters, const char *keyword, const char *variable,
                 const char *value) {
    if (!has(parameters, keyword) && std::getenv(variable) == nullptr) {
        parameters.emplace_back(keyword, value);
    }
}

// What the URL says, in libpq's keywords.
std::optional<Parameters> parse_url(std::string_view url) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed{
        PQconninfoParse(std::string{url}.c_str(), nullptr), &PQconninfoFree};
    if (!parsed) {
        return std::nullopt;
    }
    Parameters parameters;
    for (const auto *option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            parameters.emplace_back(option->keyword, option->val);
        }
    }
    return parameters;
}

// Our settings stand behind those of the user, so that they win.
void add_server_options(Parameters &parameters, const Options &options) {
    const char *const environment = std::getenv("PGOPTIONS");
    std::string text = environment == nullptr ? "" : environment;
    const auto given = std::find_if(parameters.begin(), parameters.end(),
                                    [](const auto &one) { return one.first == "options"; });
    if (given != parameters.end()) {
        text = given->second;
        parameters.erase(given);
    }
    text += " -c synchronous_commit=on -c statement_timeout=" +
            std::to_string(options.statement_timeout.count());
    parameters.emplace_back("options", text);
    parameters.emplace_back("application_name", "pg_billing_worker/" + options.role_name);
    parameters.emplace_back("client_encoding", "UTF8");
}

// The first line of libpq's words. They name hosts and users, never a password.
std::string first_line(std::string_view message) {
    return std::string{trimmed(message.substr(0, message.find('\n')))};
}

} // namespace

std::optional<std::string_view> field(const PGresult *result, int row, const char *column) {
    const int number = PQfnumber(result, column);
    if (number < 0 || PQgetisnull(result, row, number) == 1) {
        return std::nullopt;
    }
    return std::string_view{PQgetvalue(result, row, number),
                            static_cast<std::size_t>(PQgetlength(result, row, number))};
}

Error result_error(const PGresult *result) {
    const char *const code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *const primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string sqlstate = code == nullptr ? "" : code;
    return {classify(sqlstate), sqlstate,
            primary != nullptr ? primary : first_line(PQresultErrorMessage(result))};
}

Result<Connection> Connection::open(const Options &options) {
    auto parameters = parse_url(options.url.reveal());
    if (!parameters) {
        return Error{ErrorKind::permanent, "", "the database URL is not valid"};
    }
    set_default(*parameters, "connect_timeout", "PGCONNECT_TIMEOUT", "5");
    set_default(*parameters, "target_session_attrs", "PGTARGETSESSIONATTRS", "primary");
    set_default(*parameters, "tcp_user_timeout", "PGTCPUSERTIMEOUT", "30000");
    add_server_options(*parameters, options);
    std::vector<const char *> keywords;
    std::vector<const char *> values;
    for (const auto &[keyword, value] : *parameters) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    const auto patience = std::max(options.statement_timeout * 2, std::chrono::milliseconds{1000});
    Connection connection{PQconnectdbParams(keywords.data(), values.data(), 0), patience};
    if (!connection.alive()) {
        return Error{ErrorKind::transient, "", first_line(PQerrorMessage(connection.raw()))};
    }
    // Notices would go to standard error as plain text, among the JSON lines.
    PQsetNoticeReceiver(
        connection.raw(), [](void *, const PGresult *) {}, nullptr);
    return connection;
}

std::string Connection::where() const {
    const auto text = [](const char *value) { return std::string{value == nullptr ? "" : value}; };
    return text(PQhost(raw())) + ":" + text(PQport(raw())) + "/" + text(PQdb(raw()));
}

Result<PgResult> Connection::query(const char *sql, const std::vector<std::string> &arguments,
                                   const Wake &stop) {
    std::vector<const char *> values;
    for (const auto &argument : arguments) {
        values.push_back(argument.c_str());
    }
    const int sent = PQsendQueryParams(raw(), sql, static_cast<int>(values.size()), nullptr,
                                       values.data(), nullptr, nullptr, 0);
    if (sent == 0) {
        return Error{ErrorKind::transient, "", first_line(PQerrorMessage(raw()))};
    }
    PgResult last{nullptr, &PQclear};
    for (;;) {
        if (auto error = wait_for_result(stop)) {
            return *error;
        }
        PgResult next{PQgetResult(raw()), &PQclear};
        if (!next) {
            break;
        }
        last = std::move(next);
    }
    const auto status = PQresultStatus(last.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        return last;
    }
    return result_error(last.get());
}

std::optional<Error> Connection::wait_for_result(const Wake &stop) {
    constexpr std::chrono::seconds kGrace{3};
    auto limit = std::chrono::steady_clock::now() + patience_;
    bool stopping = false;
    bool canceled = false;
    while (PQisBusy(raw()) == 1) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
        if (left.count() <= 0 && canceled) {
            return Error{ErrorKind::transient, "", "the server does not answer"};
        }
        if (left.count() <= 0) {
            cancel();
            canceled = true;
            limit = std::chrono::steady_clock::now() + kGrace;
            continue;
        }
        std::array<pollfd, 2> watched{{{socket(), POLLIN, 0}, {stop.fd(), POLLIN, 0}}};
        poll(watched.data(), stopping ? 1 : 2, static_cast<int>(left.count()));
        if (!stopping && watched[1].revents != 0) {
            stopping = true;
            limit = std::min(limit, std::chrono::steady_clock::now() + kGrace);
        }
        if (watched[0].revents != 0 && PQconsumeInput(raw()) == 0) {
            return Error{ErrorKind::transient, "", first_line(PQerrorMessage(raw()))};
        }
    }
    return std::nullopt;
}

void Connection::cancel() const {
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> handle{PQgetCancel(raw()),
                                                                    &PQfreeCancel};
    std::array<char, 256> message{};
    if (handle) {
        PQcancel(handle.get(), message.data(), static_cast<int>(message.size()));
    }
}

} // namespace billing::worker::db
