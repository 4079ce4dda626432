#include "subscriptions/version_store.hpp"

#include "pg/batch_writer.hpp"
#include "stripe/shapes/subscription.hpp"

#include <bit>

namespace billing::subscriptions {

namespace {

std::string_view word_of(core::VersionSource source) {
    switch (source) {
    case core::VersionSource::refetch:
        return "refetch";
    case core::VersionSource::backfill:
        return "backfill";
    case core::VersionSource::event:
        break;
    }
    return "event";
}

core::VersionSource source_from(std::string_view word) {
    if (word == "refetch") {
        return core::VersionSource::refetch;
    }
    return word == "backfill" ? core::VersionSource::backfill : core::VersionSource::event;
}

pg::BatchWriter &writer() {
    static pg::BatchWriter writer{"subscription_versions",
                                  pg::OnConflict::skip,
                                  0,
                                  {{"subscription_id", UUIDOID},
                                   {"created", TIMESTAMPTZOID},
                                   {"rank", INT2OID},
                                   {"event_id", TEXTOID},
                                   {"source", TEXTOID},
                                   {"own", INT8OID},
                                   {"previous", INT8OID},
                                   {"snapshot", JSONOID}}};
    return writer;
}

} // namespace

VersionMap load_versions(const pg::Uuid &organization, const std::vector<pg::Uuid> &subscriptions) {
    static pg::Plan plan{
        "SELECT v.subscription_id, v.created, v.rank, v.event_id, v.source, v.own, v.previous, "
        "v.snapshot FROM billing_internal.subscription_versions AS v "
        "WHERE v.organization_id = $1 AND v.subscription_id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    VersionMap out;
    if (subscriptions.empty()) {
        return out;
    }
    const pg::Result rows =
        pg::run(plan, pg::keyed(organization, subscriptions), pg::Access::write);
    stripe::JsonReader json;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        core::Version version;
        version.created = row.instant(1);
        version.rank = row.i16(2);
        version.event_id = row.text(3);
        version.source = source_from(row.text(4));
        version.own = std::bit_cast<uint64_t>(row.i64(5));
        if (!row.is_null(6)) {
            version.previous = std::bit_cast<uint64_t>(row.i64(6));
        }
        version.snapshot = stripe::read_subscription(json.parse(row.text(7)));
        out[row.uuid(0)].push_back(std::move(version));
    }
    return out;
}

VersionWriter::VersionWriter() : columns_(writer().columns()) {}

void VersionWriter::add(const pg::Uuid &subscription, const core::Version &version) {
    const auto previous =
        version.previous ? std::optional(std::bit_cast<int64_t>(*version.previous)) : std::nullopt;
    columns_.row(subscription, pg::Timestamp{version.created}, version.rank, version.event_id,
                 word_of(version.source), std::bit_cast<int64_t>(version.own), previous,
                 stripe::write_snapshot(version.snapshot));
}

void VersionWriter::flush(const pg::Uuid &organization) {
    writer().write(organization, columns_);
    columns_ = writer().columns();
}

} // namespace billing::subscriptions
