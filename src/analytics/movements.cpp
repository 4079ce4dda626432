#include "analytics/mrr_series.hpp"

namespace billing::analytics {

namespace {

// opening + new + reactivation + expansion - contraction - churned + fx = closing: closing is the
// sum of the others, and the next bucket's opening.
void add_rows(const Report &report, const std::vector<MrrSeries> &series, pg::RowSet &rows) {
    std::vector<core::Decimal> levels;
    for (const MrrSeries &one : series) {
        levels.push_back(one.before.net());
    }
    const core::Decimal fx; // amounts stay in their own currency: no rate, no change by one
    for (size_t i = 0; i < report.buckets.size(); ++i) {
        for (size_t s = 0; s < series.size(); ++s) {
            const core::MrrFlow &flow = series[s].flows[i];
            const core::Decimal opening = levels[s];
            levels[s] = opening + flow.net() + fx;
            rows.row(pg::Date{report.buckets[i]}, series[s].currency, opening, flow.new_mrr,
                     flow.reactivation, flow.expansion, flow.contraction, flow.churned, fx,
                     levels[s], report.is_partial(i));
        }
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_mrr_movements, read) {
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
