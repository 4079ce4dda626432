#include "webhook/ingest_pipeline.hpp"

#include <array>

#include "base/text.hpp"

namespace billing::worker::webhook {

namespace {

constexpr const char *kStatement = "ingest";
constexpr const char *kSql =
    "SELECT position, status, detail FROM billing.ingest_events($1, $2, $3)";

Verdict verdict_of(std::string_view status) {
    constexpr std::array<std::pair<std::string_view, Verdict>, 5> kNames{
        {{"stored", Verdict::stored},
         {"duplicate", Verdict::duplicate},
         {"unrouted", Verdict::unrouted},
         {"unknown_organization", Verdict::unknown_organization},
         {"invalid", Verdict::invalid}}};
    for (const auto &[name, verdict] : kNames) {
        if (name == status) {
            return verdict;
        }
    }
    return Verdict::failed;
}

std::vector<Outcome> read_outcomes(const PGresult *rows) {
    const int count = PQntuples(rows);
    std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
        auto &outcome = outcomes[static_cast<std::size_t>(row)];
        // A row out of its place must never acknowledge another event.
        const auto position = parse_integer<int>(db::field(rows, row, "position").value_or(""));
        outcome.verdict = position == row + 1
                              ? verdict_of(db::field(rows, row, "status").value_or(""))
                              : Verdict::failed;
        if (outcome.verdict == Verdict::invalid) {
            outcome.detail = db::field(rows, row, "detail").value_or("event is not valid");
        }
    }
    return outcomes;
}

} // namespace

Result<IngestPipeline> IngestPipeline::open(const db::Options &options,
                                            const std::optional<Uuid> &default_organization,
                                            const Wake &stop) {
    auto connection = db::Connection::open(options);
    if (!connection) {
        return connection.error();
    }
    std::string organization;
    if (default_organization) {
        organization.assign(default_organization->bytes.begin(), default_organization->bytes.end());
    }
    IngestPipeline pipeline{std::move(*connection), std::move(organization)};
    if (auto error = pipeline.prepare(stop)) {
        return *error;
    }
    return pipeline;
}

std::optional<Error> IngestPipeline::prepare(const Wake &stop) {
    const auto version = connection_.query("SELECT billing.schema_version()", {}, stop);
    if (!version) {
        return version.error();
    }
    constexpr std::array<Oid, 3> kTypes{db::kUuidArrayOid, db::kByteaArrayOid, db::kUuidOid};
    const db::PgResult prepared{
        PQprepare(connection_.raw(), kStatement, kSql, kTypes.size(), kTypes.data()), &PQclear};
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) {
        return db::result_error(prepared.get());
    }
    if (PQsetnonblocking(connection_.raw(), 1) != 0 ||
        PQenterPipelineMode(connection_.raw()) != 1) {
        return broken();
    }
    return std::nullopt;
}

std::optional<Error> IngestPipeline::send(const std::vector<Pending> &members) {
    constexpr std::size_t kKeep = 1024 * 1024;
    organizations_.start(db::kUuidOid, members.size(), kKeep);
    bodies_.start(db::kByteaOid, members.size(), kKeep);
    for (const auto &member : members) {
        const auto &organization = member.event.organization;
        if (organization) {
            organizations_.append({reinterpret_cast<const char *>(organization->bytes.data()),
                                   organization->bytes.size()});
        } else {
            organizations_.append_null();
        }
        bodies_.append(member.event.body);
    }
    const std::array<const char *, 3> values{
        organizations_.bytes().data(), bodies_.bytes().data(),
        default_organization_.empty() ? nullptr : default_organization_.data()};
    const std::array<int, 3> lengths{static_cast<int>(organizations_.bytes().size()),
                                     static_cast<int>(bodies_.bytes().size()),
                                     static_cast<int>(default_organization_.size())};
    constexpr std::array<int, 3> kBinary{1, 1, 1};
    // The rows come before the commit and say that it has begun.
    const bool sent = PQsendQueryPrepared(connection_.raw(), kStatement, 3, values.data(),
                                          lengths.data(), kBinary.data(), 0) == 1 &&
                      PQsendFlushRequest(connection_.raw()) == 1 &&
                      PQpipelineSync(connection_.raw()) == 1;
    return sent ? std::nullopt : std::optional{broken()};
}

Result<bool> IngestPipeline::flush() {
    const int left = PQflush(connection_.raw());
    if (left < 0) {
        return broken();
    }
    return left > 0;
}

std::optional<Error> IngestPipeline::read() {
    const bool sound = PQconsumeInput(connection_.raw()) == 1;
    return sound ? std::nullopt : std::optional{broken()};
}

std::optional<Reply> IngestPipeline::next_reply() {
    // A NULL only ends the results of one command; an idle connection gives it for ever.
    int ends = 0;
    while (ends < 2 && PQisBusy(connection_.raw()) == 0) {
        const db::PgResult result{PQgetResult(connection_.raw()), &PQclear};
        if (!result) {
            ++ends;
            continue;
        }
        ends = 0;
        switch (PQresultStatus(result.get())) {
        case PGRES_PIPELINE_SYNC:
            return std::exchange(reply_, Reply{});
        case PGRES_TUPLES_OK:
            reply_.outcomes = read_outcomes(result.get());
            break;
        default:
            reply_.error = db::result_error(result.get());
            break;
        }
    }
    return std::nullopt;
}

Error IngestPipeline::broken() const {
    const std::string_view message = PQerrorMessage(connection_.raw());
    return {ErrorKind::transient, "", std::string{trimmed(message.substr(0, message.find('\n')))}};
}

} // namespace billing::worker::webhook
