#include "catalog/feature.hpp"
#include "pg/function.hpp"
#include "pg/writing.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::catalog {

namespace {

constexpr size_t kMaxName = 200;

std::string checked_key(const std::string &key) {
    if (!is_feature_key(key)) {
        throw pg::invalid("key", kKeyRule);
    }
    return key;
}

std::string checked_name(const std::string &name) {
    if (name.empty() || name.size() > kMaxName) {
        throw pg::invalid("name", "must have 1 to 200 bytes");
    }
    return name;
}

Kind checked_kind(const std::string &word) {
    const auto kind = kind_from(word);
    if (!kind) {
        throw pg::invalid("kind", "must be boolean, metered or static");
    }
    return *kind;
}

// The row of the key, which is there by now; throws conflict where it says something else.
pg::Uuid same_feature(const pg::Uuid &organization, const std::string &key, const std::string &name,
                      Kind kind) {
    static pg::Plan plan{"SELECT id, name, kind FROM billing_internal.features "
                         "WHERE organization_id = $1 AND key = $2",
                         {UUIDOID, TEXTOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, key), pg::Access::write);
    pg::require_stored("features", rows.size(), 1);
    const pg::Row row = rows[0];
    if (row.text(1) == name && row.text(2) == name_of(kind)) {
        return row.uuid(0);
    }
    throw pg::Error(pg::Code::conflict, "a feature with this key exists and is another one")
        .field("key", "is the " + row.text(2) + " feature \"" + row.text(1) + "\"")
        .hint("Take another key, or the name and kind that the feature has.");
}

pg::Uuid create(const std::string &key, const std::string &name, Kind kind) {
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    const pg::Uuid organization = tenancy::get_organization(current_organization()).id;
    const pg::Uuid id = pg::new_uuid();
    static pg::Plan insert{
        "INSERT INTO billing_internal.features (organization_id, id, key, name, kind, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, key) DO NOTHING",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result inserted =
        pg::run_writing(insert,
                        pg::Params(organization, id, key, name, name_of(kind),
                                   pg::Timestamp{pg::transaction_start()}),
                        "features");
    return inserted.empty() ? same_feature(organization, key, name, kind) : id;
}

} // namespace

PG_BILLING_FUNCTION(billing_create_feature) {
    const pg::Args args(fcinfo);
    const std::string key = checked_key(args.text(0, "key"));
    const std::string name = checked_name(args.text(1, "name"));
    const Kind kind = checked_kind(args.text(2, "kind"));
    const pg::Uuid id = create(key, name, kind);
    return pg::to_datum(id);
}

PG_BILLING_FUNCTION(billing_list_features, read) {
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    static pg::Plan plan{"SELECT id, key, name, kind, created_at FROM billing_internal.features "
                         "WHERE organization_id = $1 ORDER BY key COLLATE \"C\"",
                         {UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(current_organization()), pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        out.row(row.uuid(0), row.text(1), row.text(2), row.text(3), pg::Timestamp{row.instant(4)});
    }
    return out.done();
}

} // namespace billing::catalog
