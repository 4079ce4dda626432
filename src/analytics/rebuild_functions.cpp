#include "analytics/rebuild.hpp"
#include "analytics/verify.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/object_argument.hpp"
#include "tenancy/schema.hpp"

namespace billing::analytics {

namespace {

// The organization as JSON, for update_organization's answer.
std::string json_of(const tenancy::Organization &organization) {
    std::string out = "{";
    const auto member = [&out](std::string_view key, const std::string &value, bool quoted) {
        out += (out.size() == 1 ? "\"" : ", \"") + std::string(key) + "\": ";
        if (!quoted) {
            out += value;
            return;
        }
        out += '"';
        pg::append_json_escaped(out, value);
        out += '"';
    };
    member("id", organization.id.to_string(), true);
    member("name", organization.name, true);
    member("time_zone", organization.time_zone, true);
    member("currency", organization.currency, true);
    const bool account = !organization.stripe_account.empty();
    member("stripe_account_id", account ? organization.stripe_account : "null", account);
    const auto &livemode = organization.livemode;
    member("livemode", !livemode ? "null" : *livemode ? "true" : "false", false);
    return out + "}";
}

// Applies a JSON merge patch. Throws validation_failed naming the key.
void patch(tenancy::Organization &organization, const std::string &text) {
    stripe::JsonReader json;
    for (const auto &[key, value] : tenancy::object_argument(json, text, "patch")) {
        const std::string name(key);
        const bool null = value.is_null();
        if (name == "livemode") {
            bool flag = false;
            if (!null && value.get(flag) != simdjson::SUCCESS) {
                throw pg::invalid(name, "must be true, false or null");
            }
            organization.livemode = null ? std::nullopt : std::optional(flag);
            continue;
        }
        std::string_view word;
        if (!null && value.get(word) != simdjson::SUCCESS) {
            throw pg::invalid(name, "must be a string");
        }
        if (null && name != "stripe_account_id") {
            throw pg::invalid(name, "must not be null");
        }
        tenancy::set_field(organization, name, std::string(word));
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_update_organization) {
    const pg::Args args(fcinfo);
    if (args.is_null(0)) {
        throw pg::invalid("patch", "must not be NULL");
    }
    const std::string text = pg::jsonb_text(args.datum(0));
    std::string answer;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        tenancy::Organization organization = tenancy::lock_lane(current_organization());
        const std::string zone = organization.time_zone;
        patch(organization, text);
        tenancy::store_organization(organization);
        if (organization.time_zone != zone) {
            rebuild(organization);
        }
        answer = json_of(organization);
    }
    return pg::to_datum(pg::JsonbText{answer});
}

PG_BILLING_FUNCTION(billing_rebuild_analytics) {
    const pg::Spi spi;
    tenancy::require_schema();
    rebuild(tenancy::lock_lane(current_organization()));
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_verify_rollups) {
    pg::RowSet rows(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    // Both sides must be of one moment.
    const tenancy::Organization organization = tenancy::lock_lane(current_organization());
    for (const Difference &difference : differences(organization)) {
        rows.row(difference.part, difference.key, pg::nullable(difference.stored),
                 pg::nullable(difference.derived));
    }
    return rows.done();
}

} // namespace billing::analytics
