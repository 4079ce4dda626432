#include "analytics/mrr_series.hpp"

namespace billing::analytics {

namespace {

void add_rows(const Report &report, std::vector<MrrSeries> series, pg::RowSet &rows) {
    for (size_t i = 0; i < report.buckets.size(); ++i) {
        for (MrrSeries &one : series) {
            one.before += one.flows[i];
            const core::Decimal mrr = one.before.net();
            rows.row(pg::Date{report.buckets[i]}, one.currency, mrr.to_minor_units(),
                     mrr.times(12).to_minor_units(), report.is_partial(i));
        }
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_mrr, read) {
    const pg::Args args(fcinfo);
    ReportRequest request = read_request_by_currency(args);
    request.known_at = args.instant_or_null(4, "known_at");
    pg::RowSet rows(fcinfo);
    {
        const pg::Spi spi;
        const Report report = open_report(request);
        if (!report.empty()) {
            add_rows(report, read_mrr_series(report, request), rows);
        }
    }
    return rows.done();
}

} // namespace billing::analytics
