#include "analytics/count_series.hpp"

#include "analytics/due.hpp"

namespace billing::analytics {

namespace {

void add_flow(const Report &report, core::Day bucket, const core::CountFlow &flow,
              CountSeries &out) {
    if (bucket < report.first()) {
        out.before += flow;
    } else if (const auto index = report.index_of(bucket)) {
        out.flows[*index] += flow;
    }
}

core::CountFlow flow_of(const pg::Row &row, int column) {
    core::CountFlow flow;
    flow.customers = row.i64(column);
    flow.customers_churned = row.i64(column + 1);
    flow.subscriptions = row.i64(column + 2);
    flow.started = row.i64(column + 3);
    flow.canceled = row.i64(column + 4);
    flow.subscriptions_churned = row.i64(column + 5);
    return flow;
}

} // namespace

CountSeries read_count_series(const Report &report) {
    static pg::Plan plan{
        "SELECT greatest(r.period_start, $3 - 1), sum(r.customers)::bigint, "
        "sum(r.customers_churned)::bigint, sum(r.subscriptions)::bigint, "
        "sum(r.started)::bigint, sum(r.canceled)::bigint, sum(r.subscriptions_churned)::bigint "
        "FROM billing_internal.count_rollup AS r "
        "WHERE r.organization_id = $1 AND r.granularity = $2 AND r.period_start <= $4 "
        "GROUP BY 1",
        {UUIDOID, TEXTOID, DATEOID, DATEOID}};
    const pg::EnginePlanning planning;
    CountSeries out{{}, std::vector<core::CountFlow>(report.buckets.size())};
    const pg::Result rows =
        pg::run(plan,
                pg::Params(report.organization.id, core::name_of(report.granularity),
                           pg::Date{report.first()}, pg::Date{report.last()}),
                pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        add_flow(report, rows[i].day(0), flow_of(rows[i], 1), out);
    }
    for (const auto &[key, flow] : flows_to(report.organization, report.now).counts) {
        const auto &[granularity, bucket] = key;
        if (granularity == report.granularity) {
            add_flow(report, bucket, flow, out);
        }
    }
    return out;
}

} // namespace billing::analytics
