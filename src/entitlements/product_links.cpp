#include "entitlements/product_links.hpp"

#include "catalog/feature.hpp"
#include "entitlements/plan.hpp"
#include "pg/writing.hpp"

namespace billing::entitlements {

namespace {

void make_features(const pg::Uuid &organization, const FeatureList &list, core::Instant now) {
    std::vector<std::string> keys;
    std::vector<std::string> names;
    for (size_t i = 0; i < list.keys.size(); ++i) {
        if (catalog::is_feature_key(list.keys[i])) {
            keys.push_back(list.keys[i]);
            names.push_back(list.names[i]);
        }
    }
    catalog::ensure_features(organization, keys, names, now);
}

struct Named {
    std::string key;
    std::optional<catalog::Kind> kind; // empty: of no feature
};

std::vector<Named> named_by_lists(const pg::Uuid &organization, const pg::Uuid &product) {
    static pg::Plan plan{
        "SELECT DISTINCT k.key COLLATE \"C\", f.kind "
        "FROM billing_internal.product_feature_lists AS s "
        "CROSS JOIN LATERAL unnest(s.feature_keys) AS k (key) "
        "LEFT JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.key = k.key "
        "WHERE s.organization_id = $1 AND s.product_id = $2 AND NOT EXISTS ("
        "SELECT 1 FROM billing_internal.product_feature_lists AS n WHERE n.organization_id = $1 "
        "AND n.product_id = $2 AND n.complete "
        "AND (n.created, n.event_id) > (s.created, s.event_id)) ORDER BY 1",
        {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, product), pg::Access::write);
    std::vector<Named> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back({rows[i].text(0), catalog::kind_from(rows[i].text(1))});
    }
    return out;
}

// Feature keys of the product's rows, and whether each was made from a list.
std::map<std::string, bool> attached(const pg::Uuid &organization, const pg::Uuid &product) {
    static pg::Plan plan{
        "SELECT f.key, p.from_stripe FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND p.product_id = $2",
        {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, product), pg::Access::write);
    std::map<std::string, bool> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        out[rows[i].text(0)] = rows[i].boolean(1);
    }
    return out;
}

} // namespace

void store_list(const pg::Uuid &organization, const FeatureList &list, core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.product_feature_lists (organization_id, product_id, created, "
        "event_id, feature_keys, complete) VALUES ($1, $2, $3, $4, $6, $5) ON CONFLICT DO NOTHING",
        {UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, BOOLOID, TEXTARRAYOID}};
    static pg::Plan there =
        plan.with("SELECT FROM billing_internal.product_feature_lists WHERE organization_id = $1 "
                  "AND product_id = $2 AND created = $3 AND event_id = $4");
    make_features(organization, list, now);
    pg::Params params(organization, list.product, pg::Timestamp{list.created}, list.event_id,
                      list.complete);
    pg::Columns keys({TEXTOID});
    for (const std::string &key : list.keys) {
        keys.row(key);
    }
    keys.append_to(params);
    pg::write_once(plan, there, params, "product_feature_lists");
}

std::vector<std::string> follow_lists(const pg::Uuid &organization, const pg::Uuid &product,
                                      core::Instant now) {
    std::map<std::string, bool> rows = attached(organization, product);
    std::vector<std::string> refused;
    for (const Named &named : named_by_lists(organization, product)) {
        const auto row = rows.find(named.key);
        if (row != rows.end()) {
            row->second = false; // wanted, or somebody's own
        } else if (named.kind == catalog::Kind::boolean) {
            attach_from_stripe(organization, product, named.key, now);
        } else {
            refused.push_back(named.key);
        }
    }
    for (const auto &[key, goes] : rows) {
        if (goes) {
            detach_from_stripe(organization, product, key, now);
        }
    }
    return refused;
}

} // namespace billing::entitlements
