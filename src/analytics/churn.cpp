#include "analytics/count_series.hpp"

namespace billing::analytics {

namespace {

void add_rows(const Report &report, const CountSeries &series, pg::RowSet &rows) {
    core::CountFlow level = series.before;
    for (size_t i = 0; i < report.buckets.size(); ++i) {
        const core::CountFlow &flow = series.flows[i];
        pg::TupleBuilder row(pg::Date{report.buckets[i]}, level.customers, flow.customers_churned);
        row.put(four_decimals(percentage(flow.customers_churned, level.customers)));
        row.put(level.subscriptions);
        row.put(flow.subscriptions_churned);
        row.put(four_decimals(percentage(flow.subscriptions_churned, level.subscriptions)));
        row.put(report.is_partial(i));
        rows.add(row);
        level += flow;
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_churn_rate, read) {
    const ReportRequest request = read_request(pg::Args(fcinfo));
    pg::RowSet rows(fcinfo);
    {
        const pg::Spi spi;
        const Report report = open_report(request);
        if (!report.empty()) {
            add_rows(report, read_count_series(report), rows);
        }
    }
    return rows.done();
}

} // namespace billing::analytics
