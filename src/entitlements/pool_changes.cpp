#include "entitlements/pool_changes.hpp"

#include "pg/batch_writer.hpp"

#include <tuple>

namespace billing::entitlements {

namespace {

// The first of them are set again by who changes a pool twice in one transaction; what a merge
// added up stays.
constexpr int kRuleColumns = 10;
constexpr pg::BatchWriter writer_with(int kept) {
    return {"pool_changes",
            pg::OnConflict::replace,
            4,
            {{"customer_id", UUIDOID},
             {"feature_key", TEXTOID},
             {"changed_at", TIMESTAMPTZOID},
             {"epoch", TIMESTAMPTZOID},
             {"allowed", BOOLOID},
             {"reset_interval", TEXTOID},
             {"anchor", TIMESTAMPTZOID},
             {"billing_of", UUIDOID},
             {"period_start", TIMESTAMPTZOID},
             {"period_end", TIMESTAMPTZOID},
             {"counted", INT8OID},
             {"prepaid", NUMERICOID}},
            kept};
}

void write(pg::BatchWriter &writer, const pg::Uuid &organization, const AccessRows &rows,
           core::Instant now, bool sums) {
    pg::Columns columns = writer.columns();
    for (const auto &[key, row] : rows) {
        const Resolution &rule = row.resolution;
        columns.row(
            key.customer, key.feature_key, pg::Timestamp{now}, pg::Timestamp{row.counter.epoch},
            rule.allowed, core::name_of(rule.reset), pg::Timestamp{rule.anchor}, rule.billing_of,
            pg::bound(row.counter.period.start), pg::bound(row.counter.period.end),
            sums ? row.counter.used : int64_t{0}, sums ? std::optional(row.prepaid) : std::nullopt);
    }
    if (!columns.empty()) {
        writer.write(organization, columns);
    }
}

} // namespace

bool changes_pool(const AccessRow &row, const Resolution &answer, const Counter &counter) {
    const Resolution &before = row.resolution;
    return row.counter.used != 0 &&
           (std::tie(before.allowed, before.reset, before.anchor, before.billing_of,
                     row.counter.period, row.counter.epoch) !=
            std::tie(answer.allowed, answer.reset, answer.anchor, answer.billing_of, counter.period,
                     counter.epoch));
}

void append_changes(const pg::Uuid &organization, const AccessRows &rows, core::Instant now) {
    static pg::BatchWriter writer = writer_with(kRuleColumns);
    write(writer, organization, rows, now, false);
}

void append_sums(const pg::Uuid &organization, const AccessRows &rows, core::Instant now) {
    static pg::BatchWriter writer = writer_with(pg::Plan::kMaxParams);
    write(writer, organization, rows, now, true);
}

std::optional<PoolChange> last_change(const pg::Uuid &organization, const AccessKey &key,
                                      core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT c.changed_at, c.epoch, c.allowed, c.reset_interval, c.anchor, c.period_start, "
        "c.period_end, c.billing_of FROM billing_internal.pool_changes AS c WHERE "
        "c.organization_id = $1 "
        "AND c.customer_id = $2 AND c.feature_key = $3 AND c.changed_at <= $4 "
        "ORDER BY c.changed_at DESC, c.epoch DESC LIMIT 1",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result rows = pg::run(
        plan, pg::Params(organization, key.customer, key.feature_key, pg::Timestamp{at}), access);
    if (rows.empty()) {
        return std::nullopt;
    }
    const pg::Row row = rows[0];
    PoolChange out;
    out.at = row.instant(0);
    out.counter.epoch = row.instant(1);
    out.rule.kind = Kind::metered;
    out.rule.allowed = row.boolean(2);
    out.rule.reset = pg::known(core::reset_interval_from(row.text(3)));
    out.rule.anchor = row.instant(4);
    out.rule.billing_of = row.uuid_or_null(7);
    out.counter.period = {row.instant_or_null(5).value_or(core::kBeginning),
                          row.instant_or_null(6).value_or(core::kNever)};
    if (out.rule.reset == core::ResetInterval::billing_period &&
        out.counter.period.end != core::kNever) {
        out.rule.billing = out.counter.period;
    }
    return out;
}

int64_t counted_before(const pg::Uuid &organization, const AccessKey &key, core::Instant epoch,
                       pg::Access access) {
    static pg::Plan plan{"SELECT max(c.counted) FROM billing_internal.pool_changes AS c WHERE "
                         "c.organization_id = $1 "
                         "AND c.customer_id = $2 AND c.feature_key = $3 AND c.epoch = $4",
                         {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, key.customer, key.feature_key, pg::Timestamp{epoch}),
                access);
    return rows[0].i64_or_null(0).value_or(0);
}

} // namespace billing::entitlements
