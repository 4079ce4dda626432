#include "analytics/count_series.hpp"

namespace billing::analytics {

namespace {

void add_rows(const Report &report, const CountSeries &series, pg::RowSet &rows) {
    int64_t active = series.before.subscriptions;
    for (size_t i = 0; i < report.buckets.size(); ++i) {
        const core::CountFlow &flow = series.flows[i];
        active += flow.subscriptions;
        rows.row(pg::Date{report.buckets[i]}, flow.started, flow.canceled,
                 flow.started - flow.canceled, active, report.is_partial(i));
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_subscription_growth, read) {
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
