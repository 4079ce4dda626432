#include "entitlements/credits.hpp"

#include "catalog/feature.hpp"
#include "entitlements/plan.hpp"
#include "pg/writing.hpp"
#include "tenancy/organization.hpp"

namespace billing::entitlements {

namespace {

struct Paid {
    std::string credit_key; // empty: nothing pays for it
    bool pays = false;      // for other features
};

Paid read_paid(const pg::Uuid &organization, const std::string &key) {
    static pg::Plan plan{
        "SELECT f.credit_key, EXISTS (SELECT 1 FROM billing_internal.features AS p "
        "WHERE p.organization_id = $1 AND p.credit_key = $2) FROM billing_internal.features AS f "
        "WHERE f.organization_id = $1 AND f.key = $2",
        {UUIDOID, TEXTOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, key), pg::Access::write);
    return {rows[0].text(0), rows[0].boolean(1)};
}

void require_metered(const pg::Uuid &organization, const char *field, const std::string &key) {
    const auto feature = catalog::find_feature(organization, key, pg::Access::write);
    if (!feature) {
        throw pg::Error(pg::Code::not_found, "feature does not exist")
            .field(field, "is unknown")
            .hint("Create it with billing.create_feature(), or see billing.list_features().");
    }
    if (feature->kind != catalog::Kind::metered) {
        throw pg::invalid(field, "must name a metered feature");
    }
}

// Credits do not pay for credits.
void check(const pg::Uuid &organization, const std::string &credit_key,
           const std::string &feature_key) {
    if (credit_key == feature_key) {
        throw pg::invalid("feature_key", "must not be the credit itself");
    }
    if (!read_paid(organization, credit_key).credit_key.empty()) {
        throw pg::invalid("credit_key", "is itself paid by credits");
    }
    const Paid feature = read_paid(organization, feature_key);
    if (feature.pays) {
        throw pg::invalid("feature_key", "pays for other features");
    }
    if (!feature.credit_key.empty() && feature.credit_key != credit_key) {
        throw pg::Error(pg::Code::conflict, "another credit pays for this feature")
            .field("credit_key", "is not " + feature.credit_key)
            .hint("End that first: billing.set_credit_cost(credit_key, feature_key, NULL).");
    }
}

// Keeps the cost as it stood until now.
void keep_past(const pg::Uuid &organization, const std::string &feature_key, core::Instant now) {
    static pg::Plan plan{
        "WITH stood AS (SELECT f.organization_id, f.key, f.credit_key, f.credit_cost, "
        "f.credit_since FROM billing_internal.features AS f WHERE f.organization_id = $1 "
        "AND f.key = $2 AND f.credit_key IS NOT NULL AND f.credit_since < $4), "
        "kept AS (INSERT INTO billing_internal.credit_costs_past (organization_id, id, "
        "feature_key, credit_key, credit_cost, valid_from, valid_to) SELECT s.organization_id, "
        "$3, s.key, s.credit_key, s.credit_cost, s.credit_since, $4 FROM stood AS s RETURNING 1) "
        "SELECT (SELECT count(*) FROM stood) = (SELECT count(*) FROM kept)",
        {UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID}};
    pg::write(plan, pg::Params(organization, feature_key, pg::new_uuid(), pg::Timestamp{now}),
              "credit_costs_past");
}

} // namespace

void set_cost(const pg::Uuid &organization, const std::string &credit_key,
              const std::string &feature_key, const std::optional<core::Decimal> &cost) {
    static pg::Plan plan{"UPDATE billing_internal.features SET credit_key = $3, credit_cost = $4, "
                         "credit_since = $5 WHERE organization_id = $1 AND key = $2 "
                         "RETURNING (credit_key, credit_cost, credit_since) "
                         "IS NOT DISTINCT FROM ($3, $4, $5)",
                         {UUIDOID, TEXTOID, TEXTOID, NUMERICOID, TIMESTAMPTZOID}};
    tenancy::lock_lane(organization);
    require_metered(organization, "credit_key", credit_key);
    require_metered(organization, "feature_key", feature_key);
    check(organization, credit_key, feature_key);
    const core::Instant now = pg::transaction_start();
    keep_past(organization, feature_key, now);
    pg::write(plan,
              pg::Params(organization, feature_key, cost ? std::optional(credit_key) : std::nullopt,
                         cost, pg::Timestamp{now}),
              "features");
    // Who has the credit has the feature; who had the feature by the credit is among those whose
    // access to it was resolved.
    resolve_resolved(organization, credit_key, feature_key);
    resolve_resolved(organization, feature_key, feature_key);
}

} // namespace billing::entitlements
