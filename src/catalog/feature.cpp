#include "catalog/feature.hpp"

#include <algorithm>

extern "C" {
#include "mb/pg_wchar.h"
}

namespace billing::catalog {

namespace {

constexpr std::array<std::string_view, 3> kKindNames = {"boolean", "metered", "static"};

// A name as create_feature() takes it: Stripe's may be longer.
std::string bounded_name(const std::string &name) {
    constexpr size_t kMostBytes = 200;
    return name.size() <= kMostBytes
               ? name
               : name.substr(0, static_cast<size_t>(pg_mbcliplen(
                                    name.data(), static_cast<int>(name.size()), kMostBytes)));
}

} // namespace

std::optional<Kind> kind_from(std::string_view name) {
    const auto found = std::find(kKindNames.begin(), kKindNames.end(), name);
    if (found == kKindNames.end()) {
        return std::nullopt;
    }
    return static_cast<Kind>(found - kKindNames.begin());
}

std::string_view name_of(Kind kind) {
    return kKindNames[static_cast<size_t>(kind)];
}

std::optional<Feature> find_feature(const pg::Uuid &organization, const std::string &key,
                                    pg::Access access) {
    static pg::Plan plan{"SELECT id, kind FROM billing_internal.features "
                         "WHERE organization_id = $1 AND key = $2",
                         {UUIDOID, TEXTOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, key), access);
    if (rows.empty()) {
        return std::nullopt;
    }
    return Feature{rows[0].uuid(0), kind_from(rows[0].text(1)).value_or(Kind::boolean)};
}

bool is_feature_key(std::string_view key) {
    constexpr size_t kMaxKey = 100;
    const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.' || c == ':';
    });
    return !key.empty() && key.size() <= kMaxKey && plain;
}

Feature get_feature(const pg::Uuid &organization, const std::string &key, pg::Access access) {
    const auto feature = find_feature(organization, key, access);
    if (!feature) {
        throw pg::Error(pg::Code::not_found, "feature does not exist")
            .field("feature_key", "is unknown")
            .hint("Create it with billing.create_feature(), or see billing.list_features().");
    }
    return *feature;
}

void ensure_features(const pg::Uuid &organization, const std::vector<std::string> &keys,
                     const std::vector<std::string> &names, core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.features (organization_id, id, key, name, kind, created_at) "
        "SELECT $1, u.id, u.key, u.name, 'boolean', $5 "
        "FROM unnest($2::uuid[], $3::text[], $4::text[]) AS u (id, key, name) "
        "WHERE NOT EXISTS (SELECT 1 FROM billing_internal.features AS f "
        "WHERE f.organization_id = $1 AND f.key = u.key) ORDER BY u.key "
        "ON CONFLICT (organization_id, key) DO NOTHING",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};
    pg::Columns columns({UUIDOID, TEXTOID, TEXTOID});
    for (size_t i = 0; i < keys.size(); ++i) {
        columns.row(pg::new_uuid(), keys[i], bounded_name(names[i]));
    }
    if (columns.empty()) {
        return;
    }
    pg::Params params(organization);
    columns.append_to(params);
    params.add(pg::Timestamp{now});
    pg::run(plan, params, pg::Access::write);
}

} // namespace billing::catalog
