// The extension's server settings.
//
// billing.trusted is the organization of the transaction as our own code established it: nothing
// that a caller can SET reaches it. billing.organization_id is a convenience for trusted back ends
// and counts only for superusers and members of billing_service.
#pragma once

#include "pg/values.hpp"

namespace billing {

void define_settings();

// What billing.trusted holds; all empty when nothing was established.
struct Trusted {
    pg::Uuid organization;
    bool is_set = false;
};
const Trusted &trusted();

// Establishes the organization for the transaction, or for the session.
void set_trusted_organization(const pg::Uuid &organization, bool for_session);

// The organization of the call: the trusted one, else billing.organization_id where the session's
// user may use it. Throws organization_required.
pg::Uuid current_organization();
// The same, empty where none was chosen.
std::optional<pg::Uuid> chosen_organization();

// Whether the outer user is a superuser or a member of the role (a definer function is skipped).
bool outer_user_is(const char *role);

} // namespace billing
