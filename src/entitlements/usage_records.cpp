#include "entitlements/usage_records.hpp"

namespace billing::entitlements {

namespace {

std::optional<pg::Timestamp> bound(core::Instant at) {
    return at == core::kNever || at == core::kBeginning ? std::nullopt
                                                        : std::optional(pg::Timestamp{at});
}

} // namespace

std::optional<UsageAnswer> find_answer(const UsageRequest &request) {
    if (!request.idempotency_key) {
        return std::nullopt;
    }
    static pg::Plan plan{
        "SELECT quantity, (answer ->> 'allowed')::boolean, answer ->> 'reason', granted, "
        "(answer ->> 'used')::bigint, (answer ->> 'remaining')::bigint, "
        "(answer ->> 'overage')::bigint, (answer ->> 'resets_at')::timestamptz "
        "FROM billing_internal.usage_records WHERE organization_id = $1 AND customer_id = $2 "
        "AND feature_key = $3 AND idempotency_key = $4",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID}};
    const pg::Result rows = pg::run(plan,
                                    pg::Params(request.organization, request.customer,
                                               request.feature_key, *request.idempotency_key),
                                    pg::Access::write);
    if (rows.empty()) {
        return std::nullopt;
    }
    const pg::Row row = rows[0];
    if (row.i64(0) != request.quantity) {
        throw pg::Error(pg::Code::idempotency_conflict,
                        "this idempotency key was used with another quantity")
            .field("idempotency_key", "was used with quantity " + std::to_string(row.i64(0)))
            .hint("Take a new key for every new consumption.");
    }
    UsageAnswer answer;
    answer.allowed = row.boolean(1);
    answer.reason = row.text(2);
    answer.granted = row.i64(3);
    answer.used = row.i64_or_null(4);
    answer.remaining = row.i64_or_null(5);
    answer.overage = row.i64_or_null(6);
    answer.period.end = row.instant_or_null(7).value_or(core::kNever);
    return answer;
}

bool append_record(const UsageRequest &request, const UsageAnswer &answer, core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.usage_records (organization_id, id, customer_id, "
        "feature_key, quantity, granted, used_after, period_start, recorded_at, idempotency_key, "
        "answer) VALUES ($1, $2, $3, $4, $5, $6, COALESCE($7, 0), $8, $9, $10, "
        "CASE WHEN $10 IS NULL THEN NULL ELSE jsonb_build_object('allowed', $11, 'reason', $12, "
        "'used', $7, 'remaining', $13, 'overage', $14, 'resets_at', $15) END) "
        "ON CONFLICT (organization_id, customer_id, feature_key, idempotency_key) "
        "WHERE idempotency_key IS NOT NULL DO NOTHING",
        {UUIDOID, UUIDOID, UUIDOID, TEXTOID, INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID,
         TIMESTAMPTZOID, TEXTOID, BOOLOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPTZOID}};
    const pg::Result inserted = pg::run(
        plan,
        pg::Params(request.organization, pg::new_uuid(), request.customer, request.feature_key,
                   request.quantity, answer.granted, answer.used, bound(answer.period.start),
                   pg::Timestamp{now}, request.idempotency_key, answer.allowed, answer.reason,
                   answer.remaining, answer.overage, bound(answer.period.end)),
        pg::Access::write);
    return !inserted.empty();
}

} // namespace billing::entitlements
