#include "core/api_key.hpp"
#include "pg/function.hpp"
#include "tenancy/identity.hpp"
#include "tenancy/key_use.hpp"
#include "tenancy/request.hpp"
#include "tenancy/schema.hpp"

namespace billing::tenancy {

namespace {

// To the end of the transaction, as SET LOCAL ROLE: the server checks that the session's user may.
void become_api_role() {
    pg::call([] {
        (void)set_config_option("role", "billing_api", superuser() ? PGC_SUSET : PGC_USERSET,
                                PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
    });
}

std::string_view shown_prefix(const Credentials &credentials) {
    const bool shown = credentials.key && core::is_api_key(*credentials.key);
    return shown ? core::api_key_prefix(*credentials.key) : std::string_view();
}

} // namespace

// No definer function, as it sets the role; so it runs no SQL of its own.
PG_BILLING_FUNCTION(billing_pre_request, entry) {
    begin_request();
    pass_gate();
    const Credentials credentials = read_credentials();
    Trusted nobody;
    nobody.kind = CallerKind::anonymous;
    const std::string_view prefix = shown_prefix(credentials);
    describe_request(nobody, prefix);
    const Identity identity = identify(credentials);
    describe_request(identity.trusted, prefix);
    if (identity.trusted.kind == CallerKind::key) {
        note_key_use(*identity.trusted.organization, identity.trusted.key, identity.last_used_at);
    }
    set_trusted_request(identity.trusted);
    if (identity.trusted.kind != CallerKind::anonymous) {
        become_api_role();
    }
    return pg::return_void();
}

} // namespace billing::tenancy
