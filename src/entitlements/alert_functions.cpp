// set_usage_thresholds() and take_usage_alerts().
#include "entitlements/alerts.hpp"
#include "pg/function.hpp"
#include "pg/writing.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

std::optional<core::Percents> percents_at(const pg::Args &args, int i) {
    if (args.is_null(i)) {
        return std::nullopt;
    }
    Datum *values = nullptr;
    bool *nulls = nullptr;
    int count = 0;
    pg::call([&, array = args.datum(i)] {
        deconstruct_array(DatumGetArrayTypeP(array), INT4OID, sizeof(int32_t), true, TYPALIGN_INT,
                          &values, &nulls, &count);
    });
    core::Percents out;
    for (int n = 0; n < count; ++n) {
        if (nulls[n]) {
            throw pg::invalid("percents", "must not hold NULL");
        }
        out.push_back(DatumGetInt32(values[n]));
    }
    return out;
}

// The organization that alerts are taken from; empty: all of them, which is for the worker.
std::optional<pg::Uuid> taker() {
    const auto chosen = chosen_organization();
    return chosen || outer_user_is("billing_worker") ? chosen : current_organization();
}

void put_alert(pg::RowSet &out, const pg::Row &row) {
    out.row(row.uuid(0), row.uuid(1), row.uuid(2), row.text(3), row.i32(4),
            pg::timestamp(row.instant_or_null(5)), pg::timestamp(row.instant_or_null(6)),
            row.i64(7), row.i64(8), pg::Timestamp{row.instant(9)});
}

} // namespace

PG_BILLING_FUNCTION(billing_set_usage_thresholds) {
    const pg::Args args(fcinfo);
    const auto percents = percents_at(args, 0);
    const auto feature_key = args.text_or_null(1);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    set_thresholds(tenancy::get_organization(current_organization()).id, feature_key, percents);
    return pg::return_void();
}

// What another transaction is about to deliver is left to it.
PG_BILLING_FUNCTION(billing_take_usage_alerts) {
    const pg::Args args(fcinfo);
    const int64_t max_rows = args.i32(0, "max_rows");
    if (max_rows < 1) {
        throw pg::invalid("max_rows", "must be at least 1");
    }
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    static pg::Plan plan{
        "WITH waiting AS MATERIALIZED (SELECT organization_id, id "
        "FROM billing_internal.usage_alerts WHERE delivered_at IS NULL "
        "AND (organization_id = $1 OR $1 IS NULL) "
        "ORDER BY occurred_at, id LIMIT $2 FOR UPDATE SKIP LOCKED), "
        "taken AS (UPDATE billing_internal.usage_alerts AS a SET delivered_at = $3 "
        "FROM waiting AS w WHERE a.organization_id = w.organization_id AND a.id = w.id RETURNING "
        "a.*) "
        "SELECT t.id, t.organization_id, t.customer_id, t.feature_key, t.percent, t.period_start, "
        "t.period_end, t.quota, t.used, t.occurred_at, COALESCE(t.delivered_at = $3, false) "
        "FROM waiting AS w LEFT JOIN taken AS t "
        "ON t.organization_id = w.organization_id AND t.id = w.id ORDER BY t.occurred_at, t.id",
        {UUIDOID, INT8OID, TIMESTAMPTZOID}};
    const pg::Result rows =
        pg::run_writing(plan, pg::Params(taker(), max_rows, pg::Timestamp{pg::transaction_start()}),
                        "usage_alerts");
    for (size_t i = 0; i < rows.size(); ++i) {
        pg::require_stored("usage_alerts", rows[i].boolean(10) ? 1 : 0, 1);
        put_alert(out, rows[i]);
    }
    return out.done();
}

} // namespace billing::entitlements
