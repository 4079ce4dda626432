// The settings of an organization. Ledger, rollups and access follow from them, so these stand in
// the room that may touch them all.

#include "analytics/rebuild.hpp"
#include "entitlements/plan.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "stripe/access_of.hpp"
#include "tenancy/analytics_settings.hpp"
#include "tenancy/object_argument.hpp"
#include "tenancy/schema.hpp"

namespace billing::stripe {

namespace {

// Grants are derived from the same history as the ledger: a grace for access ends them.
void rebuild_with_grants(const tenancy::Organization &organization, core::Instant now) {
    analytics::rebuild(organization, [&](subscriptions::Objects &objects,
                                         const std::vector<subscriptions::Derived> &derived) {
        std::vector<entitlements::SubscriptionAccess> access;
        for (const subscriptions::Derived &one : derived) {
            access.push_back(access_of(objects, one));
        }
        entitlements::resolve_access(organization,
                                     entitlements::replace_grants(organization, access), now);
    });
}

// Brings what is stored from the old settings to the new ones.
void follow(const tenancy::Organization &before, const tenancy::Organization &now_is) {
    const pg::EnginePlanning planning;
    // Later than the lane's lock: no row was folded after it.
    const core::Instant now = pg::instant_of(TimestampTzGetDatum(GetCurrentTimestamp()));
    core::Settings derived_from = before.settings;
    derived_from.limits = now_is.settings.limits; // no history follows from this one
    if (derived_from != now_is.settings) {
        rebuild_with_grants(now_is, now);
    }
    if (before.settings.limits != now_is.settings.limits) {
        entitlements::resolve_everybody(now_is.id, now);
    }
}

// The settings as one JSON object.
std::string json_of(const std::vector<tenancy::Setting> &settings) {
    std::string out = "{";
    for (const tenancy::Setting &setting : settings) {
        out += (out.size() == 1 ? "\"" : ", \"") + std::string(setting.name) + "\": ";
        if (!setting.value) {
            out += "null";
            continue;
        }
        out += '"';
        pg::append_json_escaped(out, *setting.value);
        out += '"';
    }
    return out + "}";
}

} // namespace

PG_BILLING_FUNCTION(billing_set_analytics, admin) {
    const pg::Args args(fcinfo);
    if (args.is_null(0)) {
        throw pg::invalid("settings", "must not be NULL");
    }
    const std::string text = pg::jsonb_text(args.datum(0));
    std::string answer;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const tenancy::Organization before = tenancy::lock_lane(current_organization());
        JsonReader json;
        tenancy::change_settings(before.id, tenancy::object_argument(json, text, "settings"));
        follow(before, tenancy::get_organization(before.id, pg::Access::write));
        answer = json_of(tenancy::settings_of(before.id, pg::Access::write));
    }
    return pg::to_datum(pg::JsonbText{answer});
}

PG_BILLING_FUNCTION(billing_get_analytics, read) {
    pg::RowSet rows(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    for (const tenancy::Setting &setting :
         tenancy::settings_of(current_organization(), pg::Access::read)) {
        rows.row(setting.name, setting.value, setting.default_value, setting.allowed);
    }
    return rows.done();
}

} // namespace billing::stripe
