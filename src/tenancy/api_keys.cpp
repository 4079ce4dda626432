#include "tenancy/api_keys.hpp"

#include "core/api_key.hpp"
#include "pg/digest.hpp"

#include <algorithm>

namespace billing::tenancy {

namespace {

std::string random_key() {
    std::array<uint64_t, core::kApiKeyRandom> words{};
    pg::fill_random({reinterpret_cast<uint8_t *>(words.data()), sizeof words});
    return core::make_api_key(words);
}

pg::Error unknown_key() {
    return pg::Error(pg::Code::not_found, "the API key does not exist")
        .field("id", "is unknown")
        .hint("list_api_keys() gives the keys of the organization.");
}

struct OldKey {
    KeyTerms terms;
    core::Instant created_at;
};

// Holds the row to the end of the transaction.
OldKey lock_live_key(const pg::Uuid &organization, const pg::Uuid &id) {
    static pg::Plan plan{"SELECT name, array_to_string(scopes, ' '), expires_at, created_at, "
                         "revoked_at IS NOT NULL, replaced_by IS NOT NULL "
                         "FROM billing_internal.api_keys WHERE organization_id = $1 AND id = $2 "
                         "FOR NO KEY UPDATE",
                         {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, id), pg::Access::write);
    if (rows.empty()) {
        throw unknown_key();
    }
    const pg::Row row = rows[0];
    const auto expires_at = row.instant_or_null(2);
    const bool expired = expires_at && *expires_at <= pg::transaction_start();
    if (row.boolean(4) || row.boolean(5) || expired) {
        throw pg::Error(pg::Code::conflict, "the API key has ended or was rotated before")
            .field("id", "is of a key that is revoked, expired or rotated")
            .hint("Create a new one with billing.create_api_key().");
    }
    OldKey out{{row.text(0), {}, expires_at}, row.instant(3)};
    std::string words = row.text(1) + ' ';
    for (size_t end = 0; (end = words.find(' ')) != std::string::npos; words.erase(0, end + 1)) {
        out.terms.scopes.push_back(words.substr(0, end));
    }
    return out;
}

} // namespace

NewKey store_new_key(const pg::Uuid &organization, const KeyTerms &terms) {
    NewKey made{pg::new_uuid(), random_key(), {}};
    made.prefix = core::api_key_prefix(made.key);
    const auto digest = pg::sha256(made.key);
    pg::Columns scopes({TEXTOID});
    for (const std::string &scope : terms.scopes) {
        scopes.row(scope);
    }
    pg::Params params(
        organization, made.id, terms.name, made.prefix,
        std::string_view(reinterpret_cast<const char *>(digest.data()), digest.size()),
        pg::timestamp(terms.expires_at), pg::Timestamp{pg::transaction_start()});
    scopes.append_to(params);
    static pg::Plan plan{
        "INSERT INTO billing_internal.api_keys "
        "(organization_id, id, name, prefix, digest, expires_at, created_at, scopes) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID, BYTEAOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
         TEXTARRAYOID}};
    pg::run(plan, params, pg::Access::write);
    return made;
}

NewKey rotate_key(const pg::Uuid &organization, const pg::Uuid &id, core::Instant ends) {
    const core::Instant now = pg::transaction_start();
    OldKey old = lock_live_key(organization, id);
    const core::Instant old_ends = std::min(ends, old.terms.expires_at.value_or(ends));
    if (old.terms.expires_at) {
        old.terms.expires_at = now + (*old.terms.expires_at - old.created_at);
    }
    NewKey made = store_new_key(organization, old.terms);
    static pg::Plan plan{"UPDATE billing_internal.api_keys SET expires_at = $3, replaced_by = $4 "
                         "WHERE organization_id = $1 AND id = $2",
                         {UUIDOID, UUIDOID, TIMESTAMPTZOID, UUIDOID}};
    pg::run(plan, pg::Params(organization, id, pg::Timestamp{old_ends}, made.id),
            pg::Access::write);
    return made;
}

void revoke_key(const pg::Uuid &organization, const pg::Uuid &id) {
    static pg::Plan plan{
        "UPDATE billing_internal.api_keys SET revoked_at = coalesce(revoked_at, $3) "
        "WHERE organization_id = $1 AND id = $2",
        {UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    const pg::Result changed =
        pg::run(plan, pg::Params(organization, id, pg::Timestamp{pg::transaction_start()}),
                pg::Access::write);
    if (changed.empty()) {
        throw unknown_key();
    }
}

} // namespace billing::tenancy
