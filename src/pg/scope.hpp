// What a request may do, and what a function asks of it.
//
// A request came in by billing.pre_request(): with an API key, as a user, or as nobody. Every
// function names at its door the scope that a request needs for it; one that names none is closed
// to requests. Back ends, the worker and superusers make no request: their grants alone bind them.
//
// The caller is a copy of what the setting billing.trusted says, kept by its assign hook, so that
// it is right after savepoints and in parallel workers.
#pragma once

#include <cstdint>

namespace billing::pg {

// Bits of a request's scopes.
inline constexpr uint8_t kRead = 1;
inline constexpr uint8_t kWrite = 2;
inline constexpr uint8_t kUsage = 4;
inline constexpr uint8_t kAdmin = 8;
inline constexpr uint8_t kAllScopes = kRead | kWrite | kUsage | kAdmin;

enum class Scope : uint8_t {
    service, // no request may
    entry,   // pre_request() itself: whoever calls it is a stranger
    any,     // every request, also one without a credential
    read,
    check, // read or usage
    usage,
    write,
    admin,
};

struct Caller {
    bool is_request = false;
    uint8_t scopes = kAllScopes;
};
const Caller &caller();
void set_caller(const Caller &caller);

// Throws unauthenticated for a request without a credential, forbidden for one without the scope.
void require_scope(Scope scope);

} // namespace billing::pg
