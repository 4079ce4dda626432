// What a request shows to say who it is, as PostgREST hands it over: its settings request.headers
// (JSON, lower-case names), request.jwt.claims, request.method and request.path. A setting that was
// of an earlier transaction is empty.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace billing::tenancy {

struct Credentials {
    std::optional<std::string> key;          // X-Api-Key, or Authorization: Bearer pgb_...
    std::optional<std::string> subject;      // sub of a JWT that PostgREST has verified
    std::optional<std::string> organization; // X-Organization-Id
};

// Throws unauthenticated where they cannot be read, or where there is more than one.
Credentials read_credentials();

// A setting of the request; empty where there is none. Good until settings change.
std::string_view request_setting(const char *name);

} // namespace billing::tenancy
