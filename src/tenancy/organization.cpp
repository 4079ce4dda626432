#include "tenancy/organization.hpp"

#include "pg/zone.hpp"

namespace billing::tenancy {

const core::Calendar &Organization::calendar() const {
    return pg::calendar_of(time_zone, settings.week_starts);
}

std::optional<Organization> find_organization(const pg::Uuid &id) {
    static pg::Plan plan{"SELECT name, time_zone, currency, stripe_account_id, livemode "
                         "FROM billing_internal.organizations WHERE id = $1",
                         {UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(id), pg::Access::read);
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
    return found;
}

Organization get_organization(const pg::Uuid &id) {
    auto found = find_organization(id);
    if (!found) {
        throw pg::Error(pg::Code::not_found, "organization " + id.to_string() + " does not exist")
            .field("organization_id", "is unknown")
            .hint("Create one with billing.create_organization().");
    }
    return *found;
}

void lock_lane(const pg::Uuid &organization) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.lanes WHERE organization_id = $1 "
                         "FOR NO KEY UPDATE",
                         {UUIDOID}};
    pg::run(plan, pg::Params(organization), pg::Access::write);
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
