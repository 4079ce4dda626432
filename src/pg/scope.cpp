#include "pg/scope.hpp"

#include "pg/error.hpp"

namespace billing::pg {

namespace {

Caller current;

struct Need {
    uint8_t any_of;
    const char *name;
};

Need need_of(Scope scope) {
    switch (scope) {
    case Scope::read:
        return {kRead, "read"};
    case Scope::check:
        return {kRead | kUsage, "read or usage"};
    case Scope::usage:
        return {kUsage, "usage"};
    case Scope::write:
        return {kWrite, "write"};
    case Scope::admin:
        return {kAdmin, "admin"};
    case Scope::service:
    case Scope::entry:
    case Scope::any:
        break;
    }
    return {0, nullptr};
}

} // namespace

const Caller &caller() {
    return current;
}

void set_caller(const Caller &caller) {
    current = caller;
}

void require_scope(Scope scope) {
    if (!current.is_request || scope == Scope::any || scope == Scope::entry) {
        return;
    }
    const Need need = need_of(scope);
    if (need.name == nullptr) {
        throw Error(Code::forbidden, "requests may not call this function")
            .hint("It is for members of billing_service.");
    }
    if (current.scopes == 0) {
        throw Error(Code::unauthenticated, "this request has no credential")
            .hint("Send an API key in the header X-Api-Key, or a JWT with X-Organization-Id.");
    }
    if ((current.scopes & need.any_of) == 0) {
        throw Error(Code::forbidden, std::string("this needs the scope ") + need.name)
            .hint("Use an API key that has it, or let an admin do it: "
                  "list_api_keys() and list_members() say who may.");
    }
}

} // namespace billing::pg
