#include "tenancy/identity.hpp"

#include "core/api_key.hpp"
#include "pg/digest.hpp"
#include "pg/index_probe.hpp"
#include "tenancy/scopes.hpp"

extern "C" {
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
}

namespace billing::tenancy {

namespace {

pg::IndexProbe keys{"api_keys",
                    "api_keys_prefix",
                    {F_TEXTEQ},
                    {{"organization_id", UUIDOID},
                     {"id", UUIDOID},
                     {"digest", BYTEAOID},
                     {"scopes", TEXTARRAYOID},
                     {"expires_at", TIMESTAMPTZOID, pg::kNullable},
                     {"revoked_at", TIMESTAMPTZOID, pg::kNullable},
                     {"last_used_at", TIMESTAMPTZOID, pg::kNullable}}};
enum KeyColumn { kOrganization, kId, kDigest, kScopes, kExpires, kRevoked, kLastUsed };

pg::IndexProbe members{"members", "members_pkey", {F_UUID_EQ, F_TEXTEQ}, {{"role", TEXTOID}}};

// The tables are known to fit once billing.schema_version() says so: a definer function, as its
// plan may read them and the caller may not.
void require_schema() {
    pg::call([] {
        List *name =
            list_make2(makeString(pstrdup("billing")), makeString(pstrdup("schema_version")));
        (void)OidFunctionCall0(LookupFuncName(name, 0, nullptr, false));
    });
}

void make_ready(pg::IndexProbe &probe) {
    if (!probe.is_ready()) {
        require_schema();
        probe.prepare();
    }
}

// Trivial: it is filled inside pg::call.
struct StoredKey {
    bool found = false;
    pg::Uuid organization;
    pg::Uuid id;
    uint8_t scopes = 0;
    TimestampTz expires_at = DT_NOEND;
    bool revoked = false;
    TimestampTz last_used_at = DT_NOBEGIN;
};

core::ApiKeyDigest digest_at(Datum bytea) {
    core::ApiKeyDigest out{};
    const auto *packed = reinterpret_cast<const struct varlena *>(DatumGetPointer(bytea));
    if (VARSIZE_ANY_EXHDR(packed) == out.size()) {
        memcpy(out.data(), VARDATA_ANY(packed), out.size());
    }
    return out;
}

pg::Uuid uuid_at(Datum datum) {
    pg::Uuid out;
    memcpy(out.bytes.data(), DatumGetUUIDP(datum)->data, out.bytes.size());
    return out;
}

void copy_key(const Datum *values, const bool *nulls, StoredKey &out) {
    out.found = true;
    out.organization = uuid_at(values[kOrganization]);
    out.id = uuid_at(values[kId]);
    out.scopes = scopes_of_array(values[kScopes]);
    out.expires_at = nulls[kExpires] ? DT_NOEND : DatumGetTimestampTz(values[kExpires]);
    out.revoked = !nulls[kRevoked];
    out.last_used_at = nulls[kLastUsed] ? DT_NOBEGIN : DatumGetTimestampTz(values[kLastUsed]);
}

StoredKey find_key(const std::string &key) {
    const core::ApiKeyDigest digest = pg::sha256(key);
    make_ready(keys);
    const Datum prefix = pg::to_datum(core::api_key_prefix(key));
    StoredKey found;
    keys.scan(&prefix, [&digest, &found](const Datum *values, const bool *nulls) {
        if (core::equal_digests(digest_at(values[kDigest]), digest)) {
            copy_key(values, nulls, found);
        }
        return true;
    });
    return found;
}

Identity identify_key(const std::string &key, const Credentials &credentials) {
    const StoredKey found = find_key(key);
    const bool well_formed = core::is_api_key(key);
    const bool expired = found.expires_at <= GetCurrentTransactionStartTimestamp();
    if (!found.found || !well_formed || found.revoked || expired) {
        throw pg::Error(pg::Code::unauthenticated, "API key is not valid")
            .hint("It is unknown, expired or revoked; an admin of the organization creates one "
                  "with billing.create_api_key().");
    }
    if (credentials.organization &&
        pg::parse_uuid(*credentials.organization) != found.organization) {
        throw pg::Error(pg::Code::forbidden, "the API key is not of this organization")
            .hint("Leave X-Organization-Id out: a key belongs to one organization.");
    }
    Identity out;
    out.trusted.organization = found.organization;
    out.trusted.kind = CallerKind::key;
    out.trusted.scopes = found.scopes;
    out.trusted.key = found.id;
    if (found.last_used_at != DT_NOBEGIN) {
        out.last_used_at = pg::instant_of(TimestampTzGetDatum(found.last_used_at));
    }
    return out;
}

// Claims are what PostgREST has verified, so they count on its connection alone: anybody else could
// have written them.
void require_authenticator() {
    const bool trusted = pg::call([] {
        const Oid role = get_role_oid("billing_authenticator", true);
        return OidIsValid(role) && is_member_of_role(GetSessionUserId(), role);
    });
    if (!trusted) {
        throw pg::Error(pg::Code::unauthenticated, "JWT claims are not taken from this connection")
            .hint("PostgREST connects as billing_authenticator, or as a member of it.");
    }
}

uint8_t scopes_of_member(const pg::Uuid &organization, const std::string &user) {
    make_ready(members);
    const std::array<Datum, 2> key = {pg::to_datum(organization), pg::to_datum(user)};
    char role = '\0';
    members.scan(key.data(), [&role](const Datum *values, const bool *) {
        const auto *packed = reinterpret_cast<const struct varlena *>(DatumGetPointer(values[0]));
        role = *VARDATA_ANY(packed);
        return true;
    });
    if (role == '\0') {
        throw pg::Error(pg::Code::forbidden, "the user is not a member of this organization")
            .hint("my_organizations() lists those of a user; an admin adds one with "
                  "billing.add_member().");
    }
    return scopes_of_role(role);
}

Identity identify_user(const Credentials &credentials) {
    require_authenticator();
    const std::string &user = *credentials.subject;
    Identity out;
    if (user.empty() || user.size() > Trusted::kMaxUser) {
        throw pg::Error(pg::Code::unauthenticated, "the JWT's sub must have 1 to 255 bytes");
    }
    out.trusted.kind = CallerKind::user;
    std::copy(user.begin(), user.end(), out.trusted.user.begin());
    if (!credentials.organization) {
        return out;
    }
    out.trusted.organization = pg::parse_uuid(*credentials.organization);
    if (!out.trusted.organization) {
        throw pg::invalid("X-Organization-Id", "must be the uuid of an organization");
    }
    out.trusted.scopes = scopes_of_member(*out.trusted.organization, user);
    return out;
}

} // namespace

Identity identify(const Credentials &credentials) {
    if (credentials.key) {
        return identify_key(*credentials.key, credentials);
    }
    if (credentials.subject) {
        return identify_user(credentials);
    }
    Identity nobody;
    nobody.trusted.kind = CallerKind::anonymous;
    nobody.trusted.scopes = 0;
    return nobody;
}

} // namespace billing::tenancy
