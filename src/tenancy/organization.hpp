// An organization's row, and the lane that its engine runs in.
#pragma once

#include "core/calendar.hpp"
#include "core/settings.hpp"
#include "pg/spi.hpp"

namespace billing::tenancy {

struct Organization {
    pg::Uuid id;
    std::string name;
    std::string time_zone;
    std::string currency; // lower-case
    std::string stripe_account;
    std::optional<bool> livemode;
    core::Settings settings;

    const core::Calendar &calendar() const;
};

// These need an open Spi and run in a definer function.
std::optional<Organization> find_organization(const pg::Uuid &id,
                                              pg::Access access = pg::Access::read);
// Throws not_found.
Organization get_organization(const pg::Uuid &id, pg::Access access = pg::Access::read);

// Sets name, time_zone, currency or stripe_account_id after checking it; empty takes an account
// away. Throws validation_failed, also for an unknown field.
void set_field(Organization &organization, std::string_view field, const std::string &value);
// Writes the row; throws conflict where the Stripe account belongs to another one.
void store_organization(const Organization &organization);

// Waits for the organization's lane, holds it until the transaction ends, and answers the
// organization as it is then: whoever held the lane before may have changed it. What decides a
// write under the lane is read with Access::write. Throws not_found.
Organization lock_lane(const pg::Uuid &organization);

// 1 to 200 bytes; and an IANA zone that the server knows. Both throw validation_failed.
std::string checked_name(const std::string &name);
std::string checked_zone(const std::string &zone);
// The error for a Stripe account that another organization has.
pg::Error account_taken();
// Three letters, lower-cased; throws validation_failed naming the field.
std::string checked_currency(std::string_view field, std::string_view currency);

} // namespace billing::tenancy
