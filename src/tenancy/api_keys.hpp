// The stored API keys of an organization.
#pragma once

#include "pg/spi.hpp"

namespace billing::tenancy {

// A key that was just made: the only moment at which anybody sees it.
struct NewKey {
    pg::Uuid id;
    std::string key;
    std::string prefix;
};

struct KeyTerms {
    std::string name;
    std::vector<std::string> scopes;
    std::optional<core::Instant> expires_at;
};

// These need an open Spi and run in a definer function.
NewKey store_new_key(const pg::Uuid &organization, const KeyTerms &terms);
// The old key expires at `ends`, or earlier if it was to. Throws not_found, and conflict for one
// that is revoked, expired or rotated before.
NewKey rotate_key(const pg::Uuid &organization, const pg::Uuid &id, core::Instant ends);
// Throws not_found.
void revoke_key(const pg::Uuid &organization, const pg::Uuid &id);

} // namespace billing::tenancy
