// The extension's server settings.
//
// billing.trusted says who this transaction works for, as our own code established it: nothing that
// a caller can SET reaches it. billing.organization_id is a convenience for trusted back ends and
// counts only for superusers and members of billing_service.
#pragma once

#include "pg/values.hpp"

namespace billing {

void define_settings();

enum class CallerKind : uint8_t {
    service,   // chosen by use_organization()
    anonymous, // a request without a credential
    key,       // a request with an API key
    user,      // a request of a user; the organization is empty until one is chosen
};

// What billing.trusted holds. Its text is the uuid of an organization; for a request `uuid kind
// scopes id`, with - for no organization.
struct Trusted {
    static constexpr size_t kMaxUser = 255;
    std::optional<pg::Uuid> organization;
    CallerKind kind = CallerKind::service;
    uint8_t scopes = pg::kAllScopes;
    pg::Uuid key;                          // of a key: its id
    std::array<char, kMaxUser + 1> user{}; // of a user: the subject; trivial, as it is a static
};
const Trusted &trusted();

// Establishes the organization for the transaction, or for the session.
void set_trusted_organization(const pg::Uuid &organization, bool for_session);
// Establishes the request of the transaction.
void set_trusted_request(const Trusted &request);

// The organization of the call: the trusted one, else, where no request was established,
// billing.organization_id if the session's user may use it. Throws organization_required.
pg::Uuid current_organization();
// The same, empty where none was chosen.
std::optional<pg::Uuid> chosen_organization();

// Whether the outer user is a superuser or a member of the role (a definer function is skipped).
bool outer_user_is(const char *role);

// billing.log_requests: a line of the log for every request.
bool log_requests();
// billing.slow_request_ms: a line for every request that takes as long; negative for none.
int slow_request_ms();

} // namespace billing
