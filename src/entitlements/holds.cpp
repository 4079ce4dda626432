#include "entitlements/holds.hpp"

#include "entitlements/till.hpp"
#include "entitlements/usage.hpp"
#include "pg/writing.hpp"

#include <stdexcept>

namespace billing::entitlements {

namespace {

struct Reservation {
    UsageRequest request;
    Promise promise;
    core::Instant expires_at = 0;
    std::optional<int64_t> settled; // the quantity
    UsageAnswer answer;             // of the settlement
};

std::optional<pg::Uuid> reserved_before(const UsageRequest &request) {
    static pg::Plan plan{
        "SELECT id, quantity FROM billing_internal.reservations WHERE organization_id = $1 "
        "AND customer_id = $2 AND feature_key = $3 AND idempotency_key = $4",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID}};
    if (!request.idempotency_key) {
        return std::nullopt;
    }
    const pg::Result rows = pg::run(plan,
                                    pg::Params(request.organization, request.customer,
                                               request.feature_key, *request.idempotency_key),
                                    pg::Access::write);
    if (rows.empty()) {
        return std::nullopt;
    }
    if (rows[0].i64(1) != request.quantity) {
        throw pg::Error(pg::Code::idempotency_conflict,
                        "this idempotency key reserved another quantity")
            .field("idempotency_key", "was used with quantity " + std::to_string(rows[0].i64(1)))
            .hint("Take a new key for every new reservation.");
    }
    return rows[0].uuid(0);
}

pg::Uuid insert(const UsageRequest &request, const Promise &promise, core::Instant expires_at) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.reservations (organization_id, id, customer_id, "
        "feature_key, quantity, held_key, held, created_at, expires_at, idempotency_key) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
        "RETURNING (organization_id, id, customer_id, feature_key, quantity, held_key, held, "
        "created_at, expires_at, idempotency_key) IS NOT DISTINCT FROM "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        {UUIDOID, UUIDOID, UUIDOID, TEXTOID, INT8OID, TEXTOID, INT8OID, TIMESTAMPTZOID,
         TIMESTAMPTZOID, TEXTOID}};
    const pg::Uuid id = pg::new_uuid();
    pg::write(plan,
              pg::Params(request.organization, id, request.customer, request.feature_key,
                         request.quantity, promise.feature_key, promise.amount,
                         pg::Timestamp{pg::transaction_start()}, pg::Timestamp{expires_at},
                         request.idempotency_key),
              "reservations");
    return id;
}

// Held until the transaction ends: who settles it too waits.
Reservation lock_reservation(const pg::Uuid &organization, const pg::Uuid &id) {
    static pg::Plan plan{
        "SELECT customer_id, feature_key, quantity, held_key, held, expires_at, actual, "
        "(answer ->> 'allowed')::boolean, answer ->> 'reason', (answer ->> 'granted')::bigint, "
        "(answer ->> 'used')::bigint, (answer ->> 'remaining')::bigint, "
        "(answer ->> 'overage')::bigint, (answer ->> 'resets_at')::bigint "
        "FROM billing_internal.reservations WHERE organization_id = $1 AND id = $2 "
        "FOR NO KEY UPDATE",
        {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, id), pg::Access::write);
    if (rows.empty()) {
        throw pg::Error(pg::Code::not_found, "reservation does not exist")
            .field("reservation", "is unknown")
            .hint("A reservation is named by what billing.reserve_usage() returned.");
    }
    const pg::Row row = rows[0];
    Reservation out;
    out.request.organization = organization;
    out.request.customer = row.uuid(0);
    out.request.feature_key = row.text(1);
    out.request.quantity = row.i64(2);
    out.promise = {row.text(3), row.i64(4)};
    out.expires_at = row.instant(5);
    out.settled = row.i64_or_null(6);
    if (out.settled) {
        out.answer = read_answer(row, 7);
    }
    return out;
}

void mark_settled(const pg::Uuid &organization, const pg::Uuid &id, int64_t actual,
                  core::Instant now) {
    static pg::Plan plan{"UPDATE billing_internal.reservations SET settled_at = $3, actual = $4 "
                         "WHERE organization_id = $1 AND id = $2 "
                         "RETURNING (settled_at, actual) IS NOT DISTINCT FROM ($3, $4)",
                         {UUIDOID, UUIDOID, TIMESTAMPTZOID, INT8OID}};
    pg::write(plan, pg::Params(organization, id, pg::Timestamp{now}, actual), "reservations");
}

void store_answer(const pg::Uuid &organization, const pg::Uuid &id, const UsageAnswer &answer) {
    static pg::Plan plan{"UPDATE billing_internal.reservations SET answer = $3 "
                         "WHERE organization_id = $1 AND id = $2 "
                         "RETURNING answer IS NOT DISTINCT FROM $3",
                         {UUIDOID, UUIDOID, JSONBOID}};
    const std::string json = answer.to_json();
    pg::write(plan, pg::Params(organization, id, pg::JsonbText{json}), "reservations");
}

std::optional<Promise> promise(Till &till, int64_t quantity, core::Instant expires_at) {
    try {
        return till.promise(quantity, expires_at);
    } catch (const std::overflow_error &) {
        throw pg::invalid("quantity", "must not exceed what the counter can hold");
    }
}

} // namespace

std::optional<pg::Uuid> reserve(const UsageRequest &request, core::Instant expires_at) {
    const auto row = lock_row(request.organization, request.key());
    const core::Instant now = present(row);
    if (const auto before = reserved_before(request)) {
        return before;
    }
    auto claimed = claim({request.organization, request.customer, now, 0, pg::Access::write, false},
                         request.feature_key, row);
    if (!claimed) {
        return std::nullopt;
    }
    require_metered(claimed->answer.kind);
    Till till(request, std::move(*claimed), now);
    const auto promised = promise(till, request.quantity, expires_at);
    if (!promised) {
        return std::nullopt;
    }
    const pg::Uuid id = insert(request, *promised, expires_at);
    till.store_promises();
    return id;
}

UsageAnswer settle_reservation(const pg::Uuid &organization, const pg::Uuid &id, int64_t actual) {
    const core::Instant now = pg::transaction_start();
    Reservation reserved = lock_reservation(organization, id);
    if (reserved.settled == actual) {
        return reserved.answer;
    }
    if (reserved.settled) {
        throw pg::Error(pg::Code::conflict, "reservation is settled already")
            .field("actual", "was " + std::to_string(*reserved.settled))
            .hint("Correct a settled usage with billing.track_usage() and a negative quantity.");
    }
    mark_settled(organization, id, actual, now);
    const bool stands = now < reserved.expires_at;
    const bool within = actual <= reserved.request.quantity;
    reserved.request.quantity = actual;
    reserved.request.promised = stands && within;
    const UsageAnswer answer =
        consume(reserved.request, stands ? std::optional(reserved.promise) : std::nullopt);
    store_answer(organization, id, answer);
    return answer;
}

} // namespace billing::entitlements
