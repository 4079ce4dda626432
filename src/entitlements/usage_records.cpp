#include "entitlements/usage_records.hpp"

#include "pg/direct_table.hpp"
#include "pg/writing.hpp"

extern "C" {
#include "utils/fmgroids.h"
}

namespace billing::entitlements {

namespace {

std::string json_number(const std::optional<int64_t> &value) {
    return value ? std::to_string(*value) : "null";
}

pg::DirectTable records{"usage_records",
                        "usage_records_pkey",
                        {F_UUID_EQ, F_UUID_EQ},
                        {{"organization_id", UUIDOID},
                         {"id", UUIDOID},
                         {"customer_id", UUIDOID},
                         {"feature_key", TEXTOID},
                         {"quantity", INT8OID},
                         {"granted", INT8OID},
                         {"pooled", INT8OID},
                         {"quota", INT8OID, pg::kNullable},
                         {"overage", INT8OID, pg::kNullable},
                         {"used_after", INT8OID},
                         {"period_start", TIMESTAMPTZOID, pg::kNullable},
                         {"period_end", TIMESTAMPTZOID, pg::kNullable},
                         {"epoch", TIMESTAMPTZOID, pg::kNullable},
                         {"recorded_at", TIMESTAMPTZOID},
                         {"paid_by", UUIDOID, pg::kNullable},
                         {"idempotency_key", TEXTOID, pg::kNullable},
                         {"answer", JSONBOID, pg::kNullable},
                         {"prepaid", NUMERICOID, pg::kNullable}}};

pg::Params record_params(const pg::Uuid &id, const UsageRequest &request, const UsageAnswer &answer,
                         const Entry &entry, core::Instant now) {
    const std::string json = request.idempotency_key ? answer.to_json() : std::string();
    const auto kept = request.idempotency_key ? std::optional(pg::JsonbText{json}) : std::nullopt;
    return pg::Params(request.organization, id, request.customer, request.feature_key,
                      request.quantity, answer.granted, entry.pooled, entry.quota, entry.overage,
                      entry.pool.used, pg::bound(entry.period.start), pg::bound(entry.period.end),
                      pg::Timestamp{entry.pool.epoch}, pg::Timestamp{now}, entry.paid_by,
                      request.idempotency_key, kept, entry.prepaid);
}

} // namespace

// The reasons are words of ours: nothing to escape.
std::string UsageAnswer::to_json() const {
    const auto resets_at =
        period.end == core::kNever ? std::nullopt : std::optional<int64_t>(period.end);
    return std::string("{\"allowed\":") + (allowed ? "true" : "false") + ",\"reason\":\"" + reason +
           "\",\"granted\":" + std::to_string(granted) + ",\"used\":" + json_number(used) +
           ",\"remaining\":" + json_number(remaining) + ",\"overage\":" + json_number(overage) +
           ",\"resets_at\":" + json_number(resets_at) + "}";
}

UsageAnswer read_answer(const pg::Row &row, int first) {
    UsageAnswer answer;
    answer.allowed = row.boolean(first);
    answer.reason = row.text(first + 1);
    answer.granted = row.i64(first + 2);
    answer.used = row.i64_or_null(first + 3);
    answer.remaining = row.i64_or_null(first + 4);
    answer.overage = row.i64_or_null(first + 5);
    answer.period.end = row.i64_or_null(first + 6).value_or(core::kNever);
    return answer;
}

std::optional<UsageAnswer> find_answer(const UsageRequest &request) {
    if (!request.idempotency_key) {
        return std::nullopt;
    }
    static pg::Plan plan{
        "SELECT quantity, (answer ->> 'allowed')::boolean, answer ->> 'reason', "
        "(answer ->> 'granted')::bigint, (answer ->> 'used')::bigint, "
        "(answer ->> 'remaining')::bigint, (answer ->> 'overage')::bigint, "
        "(answer ->> 'resets_at')::bigint "
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
    if (rows[0].i64(0) != request.quantity) {
        throw pg::Error(pg::Code::idempotency_conflict,
                        "this idempotency key was used with another quantity")
            .field("idempotency_key", "was used with quantity " + std::to_string(rows[0].i64(0)))
            .hint("Take a new key for every new consumption.");
    }
    return read_answer(rows[0], 1);
}

namespace {

// False: the request's key is there already.
bool insert_record(const pg::Params &params, bool has_key) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.usage_records (organization_id, id, customer_id, "
        "feature_key, quantity, granted, pooled, quota, overage, used_after, period_start, "
        "period_end, epoch, recorded_at, paid_by, idempotency_key, answer, prepaid) VALUES ($1, "
        "$2, $3, "
        "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
        "ON CONFLICT (organization_id, customer_id, feature_key, idempotency_key) "
        "WHERE idempotency_key IS NOT NULL DO NOTHING",
        {UUIDOID, UUIDOID, UUIDOID, TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
         TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, JSONBOID,
         NUMERICOID}};
    // Where a trigger may have changed the row.
    static const std::string as_asked =
        std::string(plan.sql) +
        " RETURNING (organization_id, id, customer_id, feature_key, quantity, granted, pooled, "
        "quota, overage, used_after, period_start, period_end, epoch, recorded_at, paid_by, "
        "idempotency_key, answer, prepaid) IS NOT DISTINCT FROM ($1, $2, $3, $4, $5, $6, $7, $8, "
        "$9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    static pg::Plan checked = plan.with(as_asked.c_str());
    const bool plain = can_append_at_once();
    const pg::Result rows = pg::run_writing(plain ? plan : checked, params, "usage_records");
    if (rows.empty() ? !has_key : rows.returns() && !rows[0].boolean(0)) {
        pg::require_stored("usage_records", 0, 1);
    }
    return !rows.empty();
}

} // namespace

bool append_record(const pg::Uuid &id, const UsageRequest &request, const UsageAnswer &answer,
                   const Entry &entry, core::Instant now) {
    if (!records_are_ready()) {
        prepare_records();
    }
    const pg::Params params = record_params(id, request, answer, entry, now);
    const bool has_key = request.idempotency_key.has_value();
    return (!has_key && records.append(params.values(), params.nulls())) ||
           insert_record(params, has_key);
}

bool records_are_ready() {
    return records.is_ready();
}

void prepare_records() {
    records.prepare();
}

bool can_append_at_once() {
    return records.can_append();
}

bool append_at_once(const pg::Uuid &id, const UsageRequest &request, const UsageAnswer &answer,
                    const Entry &entry, core::Instant now) {
    const pg::Params params = record_params(id, request, answer, entry, now);
    return records.append(params.values(), params.nulls());
}

void append_burn(const pg::Uuid &organization, const pg::Uuid &record, const Override &one,
                 int64_t quantity, core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.usage_burns (organization_id, override_id, record_id, "
        "quantity, epoch, recorded_at) VALUES ($1, $2, $3, $4, $5, $6) "
        "RETURNING (organization_id, override_id, record_id, quantity, epoch, recorded_at) = "
        "($1, $2, $3, $4, $5, $6)",
        {UUIDOID, UUIDOID, UUIDOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    pg::write(plan,
              pg::Params(organization, one.id, record, quantity, pg::Timestamp{one.epoch},
                         pg::Timestamp{now}),
              "usage_burns");
}

} // namespace billing::entitlements
