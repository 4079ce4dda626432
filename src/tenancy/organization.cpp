#include "tenancy/organization.hpp"

#include "pg/zone.hpp"
#include "tenancy/analytics_settings.hpp"

namespace billing::tenancy {

namespace {

constexpr size_t kMostAccount = 255;

} // namespace

const core::Calendar &Organization::calendar() const {
    return pg::calendar_of(time_zone, settings.week_starts);
}

std::optional<Organization> find_organization(const pg::Uuid &id, pg::Access access) {
    static pg::Plan plan{
        "SELECT o.name, o.time_zone, o.currency, o.stripe_account_id, o.livemode, "
        "s.discounts, s.pause, s.churn_at, s.limits, s.week_starts, "
        "(EXTRACT(epoch FROM s.past_due_grace) * 1000000)::bigint, "
        "(EXTRACT(epoch FROM s.access_grace) * 1000000)::bigint "
        "FROM billing_internal.organizations AS o "
        "LEFT JOIN billing_internal.analytics_settings AS s ON s.organization_id = $1 "
        "WHERE o.id = $1",
        {UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(id), access);
    if (rows.empty()) {
        return std::nullopt;
    }
    const pg::Row row = rows[0];
    Organization found;
    found.id = id;
    found.name = row.text(0);
    found.time_zone = row.text(1);
    found.currency = row.text(2);
    found.stripe_account = row.text(3);
    if (!row.is_null(4)) {
        found.livemode = row.boolean(4);
    }
    if (!row.is_null(5)) {
        found.settings = settings_of(row, 5);
    }
    return found;
}

Organization get_organization(const pg::Uuid &id, pg::Access access) {
    auto found = find_organization(id, access);
    if (!found) {
        throw pg::Error(pg::Code::not_found, "organization " + id.to_string() + " does not exist")
            .field("organization_id", "is unknown")
            .hint("Create one with billing.create_organization().");
    }
    return *found;
}

Organization lock_lane(const pg::Uuid &organization) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.lanes WHERE organization_id = $1 "
                         "FOR NO KEY UPDATE",
                         {UUIDOID}};
    pg::run(plan, pg::Params(organization), pg::Access::write);
    return get_organization(organization, pg::Access::write);
}

void set_field(Organization &organization, std::string_view field, const std::string &value) {
    if (field == "name") {
        organization.name = checked_name(value);
    } else if (field == "time_zone") {
        organization.time_zone = checked_zone(value);
    } else if (field == "currency") {
        organization.currency = checked_currency("currency", value);
    } else if (field == "stripe_account_id") {
        if (value.size() > kMostAccount) {
            throw pg::invalid(field, "must have at most 255 bytes");
        }
        organization.stripe_account = value;
    } else {
        throw pg::invalid(field, "is no field of an organization");
    }
}

pg::Error account_taken() {
    return pg::Error(pg::Code::conflict, "this Stripe account belongs to another organization")
        .field("stripe_account_id", "is taken")
        .hint("One Stripe account feeds one organization.");
}

void store_organization(const Organization &organization) {
    static pg::Plan taken{"SELECT 1 FROM billing_internal.organizations "
                          "WHERE stripe_account_id = $2 AND id <> $1",
                          {UUIDOID, TEXTOID}};
    static pg::Plan plan{
        "UPDATE billing_internal.organizations SET name = $2, time_zone = $3, currency = $4, "
        "stripe_account_id = $5, livemode = $6, updated_at = $7 WHERE id = $1",
        {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, TIMESTAMPTZOID}};
    if (!pg::run(taken, pg::Params(organization.id, organization.stripe_account), pg::Access::write)
             .empty()) {
        throw account_taken();
    }
    pg::run(plan,
            pg::Params(organization.id, organization.name, organization.time_zone,
                       organization.currency, pg::nullable(organization.stripe_account),
                       organization.livemode, pg::Timestamp{pg::transaction_start()}),
            pg::Access::write);
}

std::string checked_name(const std::string &name) {
    constexpr size_t kMaxName = 200;
    if (name.empty() || name.size() > kMaxName) {
        throw pg::invalid("name", "must have 1 to 200 bytes");
    }
    return name;
}

std::string checked_zone(const std::string &zone) {
    if (!pg::is_time_zone(zone)) {
        throw pg::invalid("time_zone", "must be an IANA time zone name, such as Europe/Paris");
    }
    return zone;
}

std::string checked_currency(std::string_view field, std::string_view currency) {
    std::string lower;
    for (const char c : currency) {
        const char folded = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (folded < 'a' || folded > 'z' || lower.size() == 3) {
            lower.clear();
            break;
        }
        lower += folded;
    }
    if (lower.size() != 3) {
        throw pg::invalid(field, "must be a three-letter ISO 4217 currency");
    }
    return lower;
}

} // namespace billing::tenancy
