#include "entitlements/access_rows.hpp"

#include "pg/batch_writer.hpp"

namespace billing::entitlements {

namespace {

template <class Enum>
Enum known(std::optional<Enum> value) {
    if (!value) {
        throw std::logic_error("a word of the access table is not known to this library");
    }
    return *value;
}

// Columns from `first` on: kind, source, allowed_from, allowed_until, quota, overage,
// reset_interval, anchor, period_start, resets_at, used, value, event_id.
AccessRow read_row(const pg::Row &row, int first) {
    AccessRow out;
    Resolution &answer = out.resolution;
    answer.kind = known(catalog::kind_from(row.text(first)));
    answer.source = row.text(first + 1);
    answer.from = row.instant(first + 2);
    answer.until = row.instant_or_null(first + 3).value_or(core::kNever);
    answer.quota = row.i64_or_null(first + 4);
    answer.overage = known(core::overage_from(row.text(first + 5)));
    answer.reset = known(core::reset_interval_from(row.text(first + 6)));
    answer.anchor = row.instant(first + 7);
    out.counter.period.start = row.instant_or_null(first + 8).value_or(core::kBeginning);
    out.counter.period.end = row.instant_or_null(first + 9).value_or(core::kNever);
    out.counter.used = row.i64(first + 10);
    if (!row.is_null(first + 11)) {
        answer.value = pg::jsonb_text(row.datum(first + 11));
    }
    answer.event_id = row.text(first + 12);
    if (answer.reset == core::ResetInterval::billing_period &&
        out.counter.period.end != core::kNever) {
        answer.billing = out.counter.period;
    }
    return out;
}

AccessRows read_rows(const pg::Result &result) {
    AccessRows rows;
    for (size_t i = 0; i < result.size(); ++i) {
        const pg::Row row = result[i];
        rows.emplace_hint(rows.end(), AccessKey{row.uuid(0), row.text(1)}, read_row(row, 2));
    }
    return rows;
}

std::optional<pg::Timestamp> bound(core::Instant at) {
    return at == core::kNever || at == core::kBeginning ? std::nullopt
                                                        : std::optional(pg::Timestamp{at});
}

constexpr std::initializer_list<Oid> kRowTypes = {
    UUIDOID,        TEXTOID,        TEXTOID, TEXTOID,  TIMESTAMPTZOID,
    TIMESTAMPTZOID, INT8OID,        TEXTOID, TEXTOID,  TIMESTAMPTZOID,
    TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, JSONBOID, TEXTOID};
constexpr std::initializer_list<Oid> kInsertTypes = {UUIDOID,
                                                     UUIDARRAYOID,
                                                     TEXTARRAYOID,
                                                     TEXTARRAYOID,
                                                     TEXTARRAYOID,
                                                     TIMESTAMPTZARRAYOID,
                                                     TIMESTAMPTZARRAYOID,
                                                     INT8ARRAYOID,
                                                     TEXTARRAYOID,
                                                     TEXTARRAYOID,
                                                     TIMESTAMPTZARRAYOID,
                                                     TIMESTAMPTZARRAYOID,
                                                     TIMESTAMPTZARRAYOID,
                                                     INT8ARRAYOID,
                                                     JSONBARRAYOID,
                                                     TEXTARRAYOID};

void append_row(pg::Columns &columns, const AccessKey &key, const AccessRow &row) {
    const Resolution &answer = row.resolution;
    const auto value = answer.value ? std::optional(pg::JsonbText{*answer.value}) : std::nullopt;
    columns.row(key.customer, key.feature_key, name_of(answer.kind), answer.source,
                pg::Timestamp{answer.from}, bound(answer.until), answer.quota,
                name_of(answer.overage), name_of(answer.reset), pg::Timestamp{answer.anchor},
                bound(row.counter.period.start), bound(row.counter.period.end), row.counter.used,
                value, pg::nullable(answer.event_id));
}

void execute(pg::Plan &plan, const pg::Uuid &organization, const AccessRows &rows) {
    pg::Columns columns(kRowTypes);
    for (const auto &[key, row] : rows) {
        append_row(columns, key, row);
    }
    pg::Params params(organization);
    columns.append_to(params);
    pg::run(plan, params, pg::Access::write);
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

pg::Params customers_as_params(const pg::Uuid &organization,
                               const std::vector<pg::Uuid> &customers) {
    pg::Columns columns({UUIDOID});
    for (const pg::Uuid &customer : customers) {
        columns.row(customer);
    }
    pg::Params params(organization);
    columns.append_to(params);
    return params;
}

} // namespace

AccessRows load_rows(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     pg::Access access) {
    static pg::Plan plan{
        "SELECT a.customer_id, a.feature_key, a.kind, a.source, a.allowed_from, a.allowed_until, "
        "a.quota, a.overage, a.reset_interval, a.anchor, a.period_start, a.resets_at, a.used, "
        "a.value, a.event_id FROM billing_internal.access AS a "
        "WHERE a.organization_id = $1 AND a.customer_id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    return read_rows(pg::run(plan, customers_as_params(organization, customers), access));
}

AccessRows load_rows_of(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                        const std::string &feature_key) {
    static pg::Plan plan{
        "SELECT a.customer_id, a.feature_key, a.kind, a.source, a.allowed_from, a.allowed_until, "
        "a.quota, a.overage, a.reset_interval, a.anchor, a.period_start, a.resets_at, a.used, "
        "a.value, a.event_id FROM unnest($2::uuid[]) AS u (id) "
        "JOIN LATERAL (SELECT * FROM billing_internal.access AS t WHERE t.organization_id = $1 "
        "AND t.customer_id = u.id AND t.feature_key = $3 OFFSET 0) AS a ON true",
        {UUIDOID, UUIDARRAYOID, TEXTOID}};
    pg::Params params = customers_as_params(organization, customers);
    params.add(feature_key);
    return read_rows(pg::run(plan, params, pg::Access::write));
}

std::optional<AccessRow> load_row(const pg::Uuid &organization, const AccessKey &key,
                                  pg::Access access) {
    static pg::Plan plan{
        "SELECT kind, source, allowed_from, allowed_until, quota, overage, reset_interval, anchor, "
        "period_start, resets_at, used, value, event_id FROM billing_internal.access "
        "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3",
        {UUIDOID, UUIDOID, TEXTOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, key.customer, key.feature_key), access);
    return rows.empty() ? std::nullopt : std::optional(read_row(rows[0], 0));
}

std::optional<AccessRow> lock_row(const pg::Uuid &organization, const AccessKey &key) {
    static pg::Plan plan{
        "SELECT kind, source, allowed_from, allowed_until, quota, overage, reset_interval, anchor, "
        "period_start, resets_at, used, value, event_id FROM billing_internal.access "
        "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3 FOR NO KEY UPDATE",
        {UUIDOID, UUIDOID, TEXTOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, key.customer, key.feature_key), pg::Access::write);
    return rows.empty() ? std::nullopt : std::optional(read_row(rows[0], 0));
}

AccessRows lock_rows(const pg::Uuid &organization, const std::vector<AccessKey> &keys) {
    static pg::Plan plan{
        "SELECT a.customer_id, a.feature_key, a.kind, a.source, a.allowed_from, a.allowed_until, "
        "a.quota, a.overage, a.reset_interval, a.anchor, a.period_start, a.resets_at, a.used, "
        "a.value, a.event_id FROM unnest($2::uuid[], $3::text[]) AS u (customer_id, feature_key) "
        "JOIN LATERAL (SELECT * FROM billing_internal.access AS t WHERE t.organization_id = $1 "
        "AND t.customer_id = u.customer_id AND t.feature_key = u.feature_key "
        "FOR NO KEY UPDATE) AS a ON true",
        {UUIDOID, UUIDARRAYOID, TEXTARRAYOID}};
    return read_rows(pg::run(plan, keys_as_params(organization, keys), pg::Access::write));
}

void insert_rows(const pg::Uuid &organization, const AccessRows &rows) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.access (organization_id, customer_id, feature_key, kind, "
        "source, allowed_from, allowed_until, quota, overage, reset_interval, anchor, "
        "period_start, resets_at, used, value, event_id) "
        "SELECT $1, u.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], "
        "$6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::text[], $10::text[], "
        "$11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::bigint[], $15::jsonb[], "
        "$16::text[]) AS u ON CONFLICT (organization_id, customer_id, feature_key) DO UPDATE SET "
        "kind = EXCLUDED.kind, source = EXCLUDED.source, allowed_from = EXCLUDED.allowed_from, "
        "allowed_until = EXCLUDED.allowed_until, quota = EXCLUDED.quota, "
        "overage = EXCLUDED.overage, reset_interval = EXCLUDED.reset_interval, "
        "anchor = EXCLUDED.anchor, value = EXCLUDED.value, event_id = EXCLUDED.event_id",
        kInsertTypes};
    execute(plan, organization, rows);
}

void offer_row(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.access (organization_id, customer_id, feature_key, kind, "
        "source, allowed_from, allowed_until, quota, overage, reset_interval, anchor, "
        "period_start, resets_at, used, value, event_id) "
        "SELECT $1, u.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], "
        "$6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::text[], $10::text[], "
        "$11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::bigint[], $15::jsonb[], "
        "$16::text[]) AS u ON CONFLICT (organization_id, customer_id, feature_key) DO NOTHING",
        kInsertTypes};
    execute(plan, organization, {{key, row}});
}

// As an upsert: an UPDATE from unnest() leaves it to the planner to find the rows one by one.
void update_rows(const pg::Uuid &organization, const AccessRows &rows) {
    static pg::BatchWriter writer{"access",
                                  pg::OnConflict::replace,
                                  2,
                                  {{"customer_id", UUIDOID},
                                   {"feature_key", TEXTOID},
                                   {"kind", TEXTOID},
                                   {"source", TEXTOID},
                                   {"allowed_from", TIMESTAMPTZOID},
                                   {"allowed_until", TIMESTAMPTZOID},
                                   {"quota", INT8OID},
                                   {"overage", TEXTOID},
                                   {"reset_interval", TEXTOID},
                                   {"anchor", TIMESTAMPTZOID},
                                   {"period_start", TIMESTAMPTZOID},
                                   {"resets_at", TIMESTAMPTZOID},
                                   {"used", INT8OID},
                                   {"value", JSONBOID},
                                   {"event_id", TEXTOID}}};
    pg::Columns columns = writer.columns();
    for (const auto &[key, row] : rows) {
        append_row(columns, key, row);
    }
    writer.write(organization, columns);
}

void update_counter(const pg::Uuid &organization, const AccessKey &key, const Counter &counter) {
    static pg::Plan plan{
        "UPDATE billing_internal.access SET used = $4, period_start = $5, resets_at = $6 "
        "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    pg::run(plan,
            pg::Params(organization, key.customer, key.feature_key, counter.used,
                       bound(counter.period.start), bound(counter.period.end)),
            pg::Access::write);
}

// One by one: they are few, and each is found by its whole key whatever the planner believes.
void delete_unused_rows(const pg::Uuid &organization, const std::vector<AccessKey> &keys,
                        core::Instant now) {
    static pg::Plan plan{"DELETE FROM billing_internal.access WHERE organization_id = $1 "
                         "AND customer_id = $2 AND feature_key = $3 "
                         "AND (used = 0 OR resets_at <= $4)",
                         {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    for (const AccessKey &key : keys) {
        pg::run(plan, pg::Params(organization, key.customer, key.feature_key, pg::Timestamp{now}),
                pg::Access::write);
    }
}

} // namespace billing::entitlements
