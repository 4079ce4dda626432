// Sends requests to the database as PostgREST does, on one connection: BEGIN READ ONLY, the
// settings, the pre-request, the call, COMMIT; all but the first and the last prepared. Kinds of
// requests take turns, and what is measured is the processor time of the backend.
//   send_requests URL KEY ORGANIZATION USER CUSTOMER REQUESTS ROUNDS
// Prints a line of JSON: for each kind, [backend, client] microseconds of a request in each round.
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <libpq-fe.h>

namespace {

using Values = std::vector<std::string>;

// Nanoseconds, or microseconds of a request.
struct Spent {
    double backend = 0;
    double client = 0;
};

double on_processor(const std::string &process) {
    std::ifstream file("/proc/" + process + "/schedstat");
    double spent = 0;
    file >> spent;
    return spent;
}

class Backend {
  public:
    explicit Backend(const std::string &url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
        if (PQstatus(connection_.get()) != CONNECTION_OK) {
            throw std::runtime_error(PQerrorMessage(connection_.get()));
        }
    }
    void run(const char *sql) { check(PQexec(connection_.get(), sql)); }
    void prepare(const char *name, const std::string &sql) {
        check(PQprepare(connection_.get(), name, sql.c_str(), 0, nullptr));
    }
    void execute(const char *name, const Values &values) {
        std::array<const char *, 8> given{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            given[i] = values[i].c_str();
        }
        const int count = static_cast<int>(values.size());
        check(PQexecPrepared(connection_.get(), name, count, given.data(), nullptr, nullptr, 0));
    }
    Spent spent() const {
        return {on_processor(std::to_string(PQbackendPID(connection_.get()))),
                on_processor("self")};
    }

  private:
    void check(PGresult *raw) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result{raw, &PQclear};
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            throw std::runtime_error(PQresultErrorMessage(result.get()));
        }
    }
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// PostgREST's own wrapping of a call.
std::string wrapped(const std::string &call) {
    return "WITH pgrst_source AS (SELECT " + call +
           " AS pgrst_scalar) SELECT null::bigint AS total_result_set, "
           "pg_catalog.count(_postgrest_t) AS page_total, "
           "coalesce(json_agg(_postgrest_t.pgrst_scalar)->0, 'null') AS body, "
           "nullif(current_setting('response.headers', true), '') AS response_headers, "
           "nullif(current_setting('response.status', true), '') AS response_status "
           "FROM (SELECT * FROM pgrst_source) AS _postgrest_t";
}

struct Kind {
    const char *name;
    Values settings;
    const char *before; // the pre-request; nullptr for none
    const char *call;
    std::vector<Spent> rounds;
};

Values settings_of(const std::string &role, const std::string &claims, const std::string &header) {
    return {R"("billing", "public")",
            role,
            claims,
            "GET",
            "/rpc/check_access",
            R"({"host":"api.example.com","user-agent":"curl/8.5.0","accept":"*/*",)"
            R"("x-forwarded-for":"203.0.113.9","x-forwarded-proto":"https",)"
            R"("x-request-id":"7f3b9c0e-2c4c-4c6b-8f63-2b1d0f6ddf34")" +
                header + "}",
            "{}"};
}

void prepare(Backend &backend) {
    backend.run("SET ROLE billing_api"); // the authenticator itself sees nothing of the schema
    backend.prepare(
        "settings",
        "SELECT set_config('search_path', $1, true), set_config('role', $2, true), "
        "set_config('request.jwt.claims', $3, true), set_config('request.method', $4, true), "
        "set_config('request.path', $5, true), set_config('request.headers', $6, true), "
        "set_config('request.cookies', $7, true)");
    backend.prepare("nothing", "SELECT pg_catalog.pg_backend_pid()");
    backend.prepare("pre_request", "SELECT billing.pre_request()");
    backend.prepare("constant", wrapped("$1::uuid IS NOT NULL AND $2::text IS NOT NULL"));
    backend.prepare(
        "check_access",
        wrapped("billing.check_access(customer_id := $1::uuid, feature_key := $2::text)"));
    backend.run("RESET ROLE");
}

void send(Backend &backend, const Kind &kind, const std::string &customer) {
    backend.run("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    backend.execute("settings", kind.settings);
    if (kind.before != nullptr) {
        backend.execute(kind.before, {});
    }
    backend.execute(kind.call, {customer, "bench"});
    backend.run("COMMIT");
}

void print(const std::vector<Kind> &kinds) {
    for (const auto &kind : kinds) {
        std::printf("%s\"%s\": [", &kind == kinds.data() ? "{" : ", ", kind.name);
        for (std::size_t i = 0; i < kind.rounds.size(); ++i) {
            std::printf("%s[%.2f, %.2f]", i == 0 ? "" : ", ", kind.rounds[i].backend,
                        kind.rounds[i].client);
        }
        std::printf("]");
    }
    std::printf("}\n");
}

void run(const Values &words) {
    Backend backend(words[0]);
    prepare(backend);
    const std::string nobody = R"({"role":"billing_anon"})";
    const std::string user = R"({"role":"billing_api","exp":1999999999,"sub":")" + words[3] + "\"}";
    std::vector<Kind> kinds = {
        {"short", settings_of("billing_api", nobody, ""), nullptr, "constant", {}},
        {"bare", settings_of("billing_api", nobody, ""), "nothing", "constant", {}},
        {"key",
         settings_of("billing_anon", nobody, R"(,"x-api-key":")" + words[1] + "\""),
         "pre_request",
         "check_access",
         {}},
        {"user",
         settings_of("billing_api", user, R"(,"x-organization-id":")" + words[2] + "\""),
         "pre_request",
         "check_access",
         {}}};
    const int requests = std::stoi(words[5]);
    for (int round = -1; round < std::stoi(words[6]); ++round) { // the first one warms up
        for (auto &kind : kinds) {
            const Spent before = backend.spent();
            for (int i = 0; i < requests; ++i) {
                send(backend, kind, words[4]);
            }
            if (round >= 0) {
                const Spent after = backend.spent();
                kind.rounds.push_back({(after.backend - before.backend) / 1000 / requests,
                                       (after.client - before.client) / 1000 / requests});
            }
        }
    }
    print(kinds);
}

} // namespace

int main(int count, char **words) {
    if (count != 8) {
        std::fputs("usage: send_requests URL KEY ORGANIZATION USER CUSTOMER REQUESTS ROUNDS\n",
                   stderr);
        return 2;
    }
    try {
        run(Values(words + 1, words + count));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
