#include "entitlements/access_rows.hpp"

#include "entitlements/overrides.hpp"
#include "entitlements/slots.hpp"
#include "pg/batch_writer.hpp"
#include "pg/writing.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

// What is read of a row, whatever else its owner has added to the table.
enum Column {
    kCustomer,
    kFrom,
    kUsed,
    kHeld,
    kLeased,
    kAllowed,
    kPooled,
    kFeature,
    kKind,
    kOverage,
    kReset,
    kQuota,
    kExtra,
    kResetsAt,
    kUntil,
    kHeldUntil,
    kCreditKey,
    kCreditCost,
    kPrepaid,
    kOverrides,
    kSource,
    kPeriodStart,
    kEpoch,
    kAnchor,
    kCreditUnits,
    kValue,
    kEvent,
    kBillingOf,
    kUsedBySlots // where it was asked for
};
#define ACCESS_COLUMNS                                                                             \
    "a.customer_id, a.stands_from, a.used, a.held, a.leased, a.allowed, a.pooled, "                \
    "a.feature_key, a.kind, a.overage, a.reset_interval, a.quota, a.extra, "                       \
    "a.resets_at, a.stands_until, a.held_until, a.credit_key, a.credit_cost, "                     \
    "a.prepaid, a.overrides, a.source, a.period_start, a.epoch, a.anchor, "                        \
    "a.credit_units, a.value, a.event_id, a.billing_of"

// Ids side by side, 16 bytes each.
std::vector<pg::Uuid> ids_of(const std::string &bytes) {
    std::vector<pg::Uuid> ids(bytes.size() / sizeof(pg::Uuid::bytes));
    for (size_t i = 0; i < ids.size(); ++i) {
        std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(i * ids[i].bytes.size()),
                    ids[i].bytes.size(), ids[i].bytes.begin());
    }
    return ids;
}

std::optional<std::string> bytes_of(const std::vector<pg::Uuid> &ids) {
    if (ids.empty()) {
        return std::nullopt;
    }
    std::string bytes;
    for (const pg::Uuid &id : ids) {
        bytes.append(id.bytes.begin(), id.bytes.end());
    }
    return bytes;
}

void read_pool(const pg::Row &row, AccessRow &out) {
    Resolution &answer = out.resolution;
    answer.quota = row.i64_or_null(kQuota);
    answer.overage = pg::known(core::overage_from(row.text(kOverage)));
    answer.reset = pg::known(core::reset_interval_from(row.text(kReset)));
    answer.anchor = row.instant(kAnchor);
    out.counter.period.start = row.instant_or_null(kPeriodStart).value_or(core::kBeginning);
    out.counter.period.end = row.instant_or_null(kResetsAt).value_or(core::kNever);
    out.counter.used = row.i64(kUsed);
    out.counter.epoch = row.instant(kEpoch);
    if (answer.reset == core::ResetInterval::billing_period &&
        out.counter.period.end != core::kNever) {
        answer.billing = out.counter.period;
    }
    answer.billing_of = row.uuid_or_null(kBillingOf);
}

AccessRow read_row(const pg::Row &row) {
    AccessRow out;
    Resolution &answer = out.resolution;
    answer.kind = pg::known(catalog::kind_from(row.text(kKind)));
    answer.allowed = row.boolean(kAllowed);
    answer.source = row.text(kSource);
    answer.from = row.instant(kFrom);
    answer.until = row.instant_or_null(kUntil).value_or(core::kNever);
    read_pool(row, out);
    answer.pooled = row.boolean(kPooled);
    answer.overrides = ids_of(row.bytes(kOverrides));
    out.extra = row.i64_or_null(kExtra);
    out.holds.total = row.i64(kHeld);
    out.holds.until = row.instant_or_null(kHeldUntil).value_or(core::kNever);
    out.leased = row.i64(kLeased);
    if (!row.is_null(kCreditKey)) {
        answer.credit = Credit{row.text(kCreditKey), row.decimal(kCreditCost)};
    }
    if (!row.is_null(kPrepaid)) {
        out.prepaid = row.decimal(kPrepaid);
    }
    out.credit_units = row.i64(kCreditUnits);
    if (!row.is_null(kValue)) {
        answer.value = row.json(kValue);
    }
    answer.event_id = row.text(kEvent);
    return out;
}

AccessRows read_rows(const pg::Result &result) {
    AccessRows rows;
    for (size_t i = 0; i < result.size(); ++i) {
        const pg::Row row = result[i];
        rows.emplace(AccessKey{row.uuid(kCustomer), row.text(kFeature)}, read_row(row));
    }
    return rows;
}

// As if all that was lent had been taken back.
AccessRows read_whole_rows(const pg::Result &result) {
    AccessRows rows = read_rows(result);
    for (size_t i = 0; i < result.size(); ++i) {
        const pg::Row row = result[i];
        if (!row.is_null(kUsedBySlots)) {
            AccessRow &whole = rows.at({row.uuid(kCustomer), row.text(kFeature)});
            whole.counter.used += row.i64(kUsedBySlots);
            whole.leased = 0;
        }
    }
    return rows;
}

// What belongs to the answer comes first, the counters after it.
constexpr int kAnswerColumns = 19;
constexpr pg::BatchWriter writer_with(pg::OnConflict on_conflict, int kept) {
    return {"access",
            on_conflict,
            2,
            {{"customer_id", UUIDOID},
             {"feature_key", TEXTOID},
             {"kind", TEXTOID},
             {"allowed", BOOLOID},
             {"source", TEXTOID},
             {"stands_from", TIMESTAMPTZOID},
             {"stands_until", TIMESTAMPTZOID},
             {"pooled", BOOLOID},
             {"quota", INT8OID},
             {"overage", TEXTOID},
             {"reset_interval", TEXTOID},
             {"anchor", TIMESTAMPTZOID},
             {"overrides", BYTEAOID},
             {"extra", INT8OID},
             {"credit_key", TEXTOID},
             {"credit_cost", NUMERICOID},
             {"value", JSONBOID},
             {"event_id", TEXTOID},
             {"billing_of", UUIDOID},
             {"period_start", TIMESTAMPTZOID},
             {"resets_at", TIMESTAMPTZOID},
             {"used", INT8OID},
             {"epoch", TIMESTAMPTZOID},
             {"held", INT8OID},
             {"held_until", TIMESTAMPTZOID},
             {"leased", INT8OID},
             {"prepaid", NUMERICOID},
             {"credit_units", INT8OID}},
            kept};
}

std::optional<core::Decimal> unless_zero(core::Decimal amount) {
    return amount.is_zero() ? std::nullopt : std::optional(amount);
}

void append_row(pg::Columns &columns, const AccessKey &key, const AccessRow &row) {
    const Resolution &answer = row.resolution;
    const auto value = answer.value ? std::optional(pg::JsonbText{*answer.value}) : std::nullopt;
    const auto credit_key = answer.credit ? std::optional(answer.credit->key) : std::nullopt;
    const auto credit_cost = answer.credit ? std::optional(answer.credit->cost) : std::nullopt;
    columns.row(key.customer, key.feature_key, name_of(answer.kind), answer.allowed, answer.source,
                pg::Timestamp{answer.from}, pg::bound(answer.until), answer.pooled, answer.quota,
                name_of(answer.overage), name_of(answer.reset), pg::Timestamp{answer.anchor},
                bytes_of(answer.overrides), row.extra, credit_key, credit_cost, value,
                pg::nullable(answer.event_id), answer.billing_of,
                pg::bound(row.counter.period.start), pg::bound(row.counter.period.end),
                row.counter.used, pg::Timestamp{row.counter.epoch}, row.holds.total,
                pg::bound(row.holds.until), row.leased, unless_zero(row.prepaid), row.credit_units);
}

void write(pg::BatchWriter &writer, const pg::Uuid &organization, const AccessRows &rows) {
    pg::Columns columns = writer.columns();
    for (const auto &[key, row] : rows) {
        append_row(columns, key, row);
    }
    writer.write(organization, columns);
}

pg::Params keys_as_params(const pg::Uuid &organization, const std::vector<AccessKey> &keys) {
    pg::Columns columns({UUIDOID, TEXTOID});
    for (const AccessKey &key : keys) {
        columns.row(key.customer, key.feature_key);
    }
    pg::Params params(organization);
    columns.append_to(params);
    return params;
}

// Of rows that this transaction changed without having locked them before.
void take_back_lent(const pg::Uuid &organization, const AccessRows &rows) {
    static pg::Plan plan{
        "SELECT " ACCESS_COLUMNS " FROM unnest($2::uuid[], $3::text[]) AS u (customer_id, "
        "feature_key) "
        "JOIN LATERAL (SELECT * FROM billing_internal.access AS t WHERE t.organization_id = $1 "
        "AND t.customer_id = u.customer_id AND t.feature_key = u.feature_key AND t.leased > 0 "
        "OFFSET 0) AS a ON true",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID}};
    std::vector<AccessKey> keys;
    for (const auto &[key, row] : rows) {
        keys.push_back(key);
    }
    AccessRows lending =
        read_rows(pg::run(plan, keys_as_params(organization, keys), pg::Access::write));
    for (auto &[key, row] : lending) {
        take_back(organization, key, row);
    }
}

} // namespace

AccessRows load_rows(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     const std::vector<std::string> &keys, pg::Access access) {
    static pg::Plan of_customers{
        "SELECT " ACCESS_COLUMNS ", CASE WHEN a.leased > 0 THEN (SELECT sum(s.used)::bigint "
        "FROM billing_internal.usage_slots AS s WHERE s.organization_id = $1 "
        "AND s.customer_id = a.customer_id AND s.feature_key = a.feature_key) END "
        "FROM billing_internal.access AS a "
        "WHERE a.organization_id = $1 AND a.customer_id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    static pg::Plan of_features{
        "SELECT " ACCESS_COLUMNS ", CASE WHEN a.leased > 0 THEN (SELECT sum(s.used)::bigint "
        "FROM billing_internal.usage_slots AS s WHERE s.organization_id = $1 "
        "AND s.customer_id = a.customer_id AND s.feature_key = a.feature_key) END "
        "FROM unnest($2::uuid[]) AS u (id) CROSS JOIN unnest($3::text[]) AS k (key) "
        "JOIN LATERAL (SELECT * FROM billing_internal.access AS t WHERE t.organization_id = $1 "
        "AND t.customer_id = u.id AND t.feature_key = k.key OFFSET 0) AS a ON true",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID}};
    pg::Params params = pg::keyed(organization, customers);
    if (!keys.empty()) {
        append_keys(params, keys);
    }
    return read_whole_rows(pg::run(keys.empty() ? of_customers : of_features, params, access));
}

std::optional<AccessRow> lock_row(const pg::Uuid &organization, const AccessKey &key) {
    static pg::Plan plan{"SELECT " ACCESS_COLUMNS
                         " FROM billing_internal.access AS a WHERE a.organization_id = $1 "
                         "AND a.customer_id = $2 AND a.feature_key = $3 FOR NO KEY UPDATE",
                         {UUIDOID, UUIDOID, TEXTOID}};
    wait_for_slots(organization, key);
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, key.customer, key.feature_key), pg::Access::write);
    if (rows.empty()) {
        return std::nullopt;
    }
    AccessRow row = read_row(rows[0]);
    if (row.leased > 0) {
        take_back(organization, key, row);
    }
    return row;
}

std::optional<AccessRow> lock_free_row(const pg::Uuid &organization, const AccessKey &key) {
    static pg::Plan plan{
        "SELECT " ACCESS_COLUMNS " FROM billing_internal.access AS a WHERE a.organization_id = $1 "
        "AND a.customer_id = $2 AND a.feature_key = $3 FOR NO KEY UPDATE SKIP LOCKED",
        {UUIDOID, UUIDOID, TEXTOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, key.customer, key.feature_key), pg::Access::write);
    return rows.empty() ? std::nullopt : std::optional(read_row(rows[0]));
}

AccessRows lock_rows(const pg::Uuid &organization, const std::vector<AccessKey> &keys) {
    static pg::Plan plan{
        "SELECT " ACCESS_COLUMNS " FROM unnest($2::uuid[], $3::text[]) AS u (customer_id, "
        "feature_key) "
        "JOIN LATERAL (SELECT * FROM billing_internal.access AS t WHERE t.organization_id = $1 "
        "AND t.customer_id = u.customer_id AND t.feature_key = u.feature_key "
        "FOR NO KEY UPDATE) AS a ON true",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID}};
    for (const AccessKey &key : keys) {
        wait_for_slots(organization, key);
    }
    AccessRows rows =
        read_rows(pg::run(plan, keys_as_params(organization, keys), pg::Access::write));
    for (auto &[key, row] : rows) {
        if (row.leased > 0) {
            take_back(organization, key, row);
        }
    }
    return rows;
}

void insert_rows(const pg::Uuid &organization, const AccessRows &rows) {
    static pg::BatchWriter writer = writer_with(pg::OnConflict::replace, kAnswerColumns);
    write(writer, organization, rows);
    take_back_lent(organization, rows);
}

void offer_row(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row) {
    static pg::BatchWriter writer = writer_with(pg::OnConflict::skip, 0);
    write(writer, organization, {{key, row}});
}

// As an upsert: an UPDATE from unnest() leaves it to the planner to find the rows one by one.
void update_rows(const pg::Uuid &organization, const AccessRows &rows) {
    static pg::BatchWriter writer = writer_with(pg::OnConflict::replace, pg::Plan::kMaxParams);
    write(writer, organization, rows);
}

void update_counters(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row) {
    static pg::Plan plan{
        "UPDATE billing_internal.access SET used = $4, period_start = $5, resets_at = $6, "
        "epoch = $7, extra = $8, held = $9, held_until = $10, leased = $11, prepaid = $12, "
        "credit_units = $13 "
        "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3 "
        "RETURNING (used, period_start, resets_at, epoch, extra, held, held_until, leased, "
        "prepaid, credit_units) IS NOT DISTINCT FROM ($4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
         INT8OID, INT8OID, TIMESTAMPTZOID, INT8OID, NUMERICOID, INT8OID}};
    pg::write(plan,
              pg::Params(organization, key.customer, key.feature_key, row.counter.used,
                         pg::bound(row.counter.period.start), pg::bound(row.counter.period.end),
                         pg::Timestamp{row.counter.epoch}, row.extra, row.holds.total,
                         pg::bound(row.holds.until), row.leased, unless_zero(row.prepaid),
                         row.credit_units),
              "access");
}

void update_counter(const pg::Uuid &organization, const AccessKey &key, const Counter &counter) {
    static pg::Plan plan{
        "UPDATE billing_internal.access SET used = $4, period_start = $5, resets_at = $6, "
        "epoch = $7 WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3 "
        "RETURNING (used, period_start, resets_at, epoch) IS NOT DISTINCT FROM ($4, $5, $6, $7)",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    pg::write(plan,
              pg::Params(organization, key.customer, key.feature_key, counter.used,
                         pg::bound(counter.period.start), pg::bound(counter.period.end),
                         pg::Timestamp{counter.epoch}),
              "access");
}

// One by one: they are few, and each is found by its whole key whatever the planner believes.
void delete_row(const pg::Uuid &organization, const AccessKey &key) {
    static pg::Plan plan{"DELETE FROM billing_internal.access WHERE organization_id = $1 "
                         "AND customer_id = $2 AND feature_key = $3",
                         {UUIDOID, UUIDOID, TEXTOID}};
    pg::write(plan, pg::Params(organization, key.customer, key.feature_key), "access");
}

} // namespace billing::entitlements
