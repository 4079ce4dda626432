#include "catalog/feature.hpp"

#include <algorithm>

namespace billing::catalog {

namespace {

constexpr std::array<std::string_view, 3> kKindNames = {"boolean", "metered", "static"};

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

Feature get_feature(const pg::Uuid &organization, const std::string &key, pg::Access access) {
    const auto feature = find_feature(organization, key, access);
    if (!feature) {
        throw pg::Error(pg::Code::not_found, "feature does not exist")
            .field("feature_key", "is unknown")
            .hint("Create it with billing.create_feature(), or see billing.list_features().");
    }
    return *feature;
}

} // namespace billing::catalog
