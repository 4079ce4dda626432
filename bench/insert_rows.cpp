// The bare line that our way in is compared with: the same bodies into a table of three columns,
// by one connection in pipeline mode.
//   insert_rows CONNECTION ORGANIZATION FILE MARKS rows|arrays [BATCH [GROUPS]]
// rows: one prepared INSERT for each body, BATCH of them before a Sync (one transaction).
// arrays: one prepared INSERT .. SELECT FROM unnest() for BATCH bodies.
// At most GROUPS transactions are under way. A body waits from when it is sent to its commit.
#include <array>
#include <cstdio>
#include <deque>
#include <memory>
#include <span>
#include <stdexcept>

#include <libpq-fe.h>
#include <poll.h>

#include "base/uuid.hpp"
#include "db/binary_array.hpp"
#include "db/connection.hpp"
#include "support/bodies.hpp"
#include "support/report.hpp"

namespace {

using namespace billing;
using Clock = std::chrono::steady_clock;

constexpr const char *kRow = "INSERT INTO bare_events VALUES ($1, $2, $3)";
constexpr const char *kArrays =
    "INSERT INTO bare_events SELECT $1, u.* FROM unnest($2::text[], $3::bytea[]) AS u";
constexpr Oid kUuid = 2950;
constexpr Oid kText = 25;
constexpr Oid kTextArray = 1009;

struct Plan {
    std::string organization;
    bool arrays = false;
    std::size_t batch = 256;
    std::size_t groups = 2;
};

class Inserter {
  public:
    Inserter(const char *url, Plan plan)
        : plan_(std::move(plan)), connection_(PQconnectdb(url), &PQfinish) {
        if (PQstatus(connection_.get()) != CONNECTION_OK) {
            fail();
        }
        const std::array<Oid, 3> types{kUuid, plan_.arrays ? kTextArray : kText,
                                       plan_.arrays ? worker::db::kByteaArrayOid
                                                    : worker::db::kByteaOid};
        const worker::db::PgResult prepared{
            PQprepare(connection_.get(), "insert", plan_.arrays ? kArrays : kRow, 3, types.data()),
            &PQclear};
        if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK ||
            PQsetnonblocking(connection_.get(), 1) != 0 ||
            PQenterPipelineMode(connection_.get()) != 1) {
            fail();
        }
    }

    bench::Report run(std::span<const bench::Body> bodies) {
        bench::Report report;
        report.waits.reserve(bodies.size());
        const auto cpu = bench::own_cpu();
        const auto start = Clock::now();
        while (report.events < bodies.size()) {
            while (!bodies.empty() && sent_ < bodies.size() && under_way_.size() < plan_.groups) {
                send(bodies.subspan(sent_, std::min(plan_.batch, bodies.size() - sent_)));
            }
            exchange();
            receive(report);
        }
        report.wall = Clock::now() - start;
        report.cpu = bench::own_cpu() - cpu;
        return report;
    }

  private:
    struct Group {
        std::size_t size;
        Clock::time_point sent_at;
    };

    [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

    void send(std::span<const bench::Body> group) {
        under_way_.push_back({group.size(), Clock::now()});
        sent_ += group.size();
        if (plan_.arrays) {
            send_arrays(group);
        } else {
            for (const auto &body : group) {
                send_statement(body.id, body.text);
            }
        }
        if (PQpipelineSync(connection_.get()) != 1) {
            fail();
        }
    }

    void send_arrays(std::span<const bench::Body> group) {
        constexpr std::size_t kKeep = 4 * 1024 * 1024;
        ids_.start(kText, group.size(), kKeep);
        bodies_.start(worker::db::kByteaOid, group.size(), kKeep);
        for (const auto &body : group) {
            ids_.append(body.id);
            bodies_.append(body.text);
        }
        send_statement(ids_.bytes(), bodies_.bytes());
    }

    void send_statement(std::string_view id, std::string_view body) {
        const std::array<const char *, 3> values{plan_.organization.data(), id.data(), body.data()};
        const std::array<int, 3> lengths{static_cast<int>(plan_.organization.size()),
                                         static_cast<int>(id.size()),
                                         static_cast<int>(body.size())};
        constexpr std::array<int, 3> kBinary{1, 1, 1};
        if (PQsendQueryPrepared(connection_.get(), "insert", 3, values.data(), lengths.data(),
                                kBinary.data(), 1) != 1) {
            fail();
        }
    }

    // Always reads while it writes, or both sides would wait.
    void exchange() {
        const int left = PQflush(connection_.get());
        if (left < 0) {
            fail();
        }
        pollfd socket{PQsocket(connection_.get()),
                      static_cast<short>(POLLIN | (left > 0 ? POLLOUT : 0)), 0};
        if (poll(&socket, 1, 30'000) == 0) {
            throw std::runtime_error("the server does not answer");
        }
        if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(connection_.get()) != 1) {
            fail();
        }
    }

    void receive(bench::Report &report) {
        while (!under_way_.empty() && PQisBusy(connection_.get()) == 0) {
            const worker::db::PgResult result{PQgetResult(connection_.get()), &PQclear};
            if (!result) {
                continue; // the end of one command
            }
            const auto status = PQresultStatus(result.get());
            if (status == PGRES_PIPELINE_SYNC) {
                const auto group = under_way_.front();
                under_way_.pop_front();
                report.events += group.size;
                report.waits.insert(report.waits.end(), group.size, Clock::now() - group.sent_at);
            } else if (status != PGRES_COMMAND_OK) {
                throw std::runtime_error(PQresultErrorMessage(result.get()));
            }
        }
    }

    Plan plan_;
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
    worker::db::BinaryArray ids_;
    worker::db::BinaryArray bodies_;
    std::deque<Group> under_way_;
    std::size_t sent_ = 0;
};

int run(int count, char **words) {
    const auto organization = count > 2 ? worker::parse_uuid(words[2]) : std::nullopt;
    if (count < 6 || !organization) {
        std::fputs("usage: insert_rows CONNECTION ORGANIZATION FILE MARKS rows|arrays [BATCH "
                   "[GROUPS]]\n",
                   stderr);
        return 2;
    }
    Plan plan;
    plan.organization.assign(organization->bytes.begin(), organization->bytes.end());
    plan.arrays = std::string_view{words[5]} == "arrays";
    plan.batch = count > 6 ? std::stoul(words[6]) : plan.batch;
    plan.groups = count > 7 ? std::stoul(words[7]) : plan.groups;
    const auto bodies = bench::read_bodies(words[3], bench::split_marks(words[4]));
    Inserter inserter{words[1], plan};
    bench::print(inserter.run(bodies));
    return 0;
}

} // namespace

int main(int count, char **words) {
    try {
        return run(count, words);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "insert_rows: %s\n", error.what());
        return 1;
    }
}
