#include "analytics/report.hpp"

namespace billing::analytics {

namespace {

struct Revenue {
    core::Decimal gross;
    core::Decimal refunds;
    core::Decimal disputes;
    core::Decimal credit_notes;
    int64_t invoices_paid = 0;

    core::Decimal net() const { return gross - refunds - disputes - credit_notes; }
};
using RevenueSeries = std::map<std::string, std::vector<Revenue>>; // by currency, then by bucket

std::vector<std::string> wanted_currencies(const Report &report, const ReportRequest &request) {
    if (request.currency) {
        return {*request.currency};
    }
    static pg::Plan next{"SELECT r.currency FROM billing_internal.revenue_rollup AS r "
                         "WHERE r.organization_id = $1 AND r.granularity = 'day' "
                         "AND r.currency > $2 ORDER BY r.currency LIMIT 1",
                         {UUIDOID, TEXTOID}};
    std::vector<std::string> seen;
    for (std::string last;; last = seen.back()) {
        const pg::Result found =
            pg::run(next, pg::Params(report.organization.id, last), pg::Access::read);
        if (found.empty()) {
            break;
        }
        seen.push_back(found[0].text(0));
    }
    return seen.empty() ? std::vector{report.organization.currency} : seen;
}

void add_rollup(const Report &report, const std::string &currency, std::vector<Revenue> &out) {
    static pg::Plan plan{
        "SELECT r.period_start, r.gross_revenue, r.refunds, r.disputes, r.credit_notes, "
        "r.invoices_paid FROM billing_internal.revenue_rollup AS r "
        "WHERE r.organization_id = $1 AND r.granularity = $2 AND r.currency = $3 "
        "AND r.period_start >= $4 AND r.period_start <= $5",
        {UUIDOID, TEXTOID, TEXTOID, DATEOID, DATEOID}};
    const pg::Result rows =
        pg::run(plan,
                pg::Params(report.organization.id, core::name_of(report.granularity), currency,
                           pg::Date{report.first()}, pg::Date{report.last()}),
                pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        if (const auto bucket = report.index_of(row.day(0))) {
            out[*bucket] = {row.decimal(1), row.decimal(2), row.decimal(3), row.decimal(4),
                            row.i64(5)};
        }
    }
}

RevenueSeries read_revenue(const Report &report, const ReportRequest &request) {
    const pg::EnginePlanning planning;
    RevenueSeries series;
    for (const std::string &currency : wanted_currencies(report, request)) {
        std::vector<Revenue> &buckets = series[currency];
        buckets.resize(report.buckets.size());
        add_rollup(report, currency, buckets);
    }
    return series;
}

// Each column is rounded from its own exact sum, so that no error adds up.
void add_rows(const Report &report, const RevenueSeries &series, pg::RowSet &rows) {
    for (size_t i = 0; i < report.buckets.size(); ++i) {
        for (const auto &[currency, buckets] : series) {
            const Revenue &one = buckets[i];
            rows.row(pg::Date{report.buckets[i]}, currency, one.gross.to_minor_units(),
                     one.refunds.to_minor_units(), one.disputes.to_minor_units(),
                     one.credit_notes.to_minor_units(), one.net().to_minor_units(),
                     one.invoices_paid, report.is_partial(i));
        }
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_revenue_trend, read) {
    const ReportRequest request = read_request_by_currency(pg::Args(fcinfo));
    pg::RowSet rows(fcinfo);
    {
        const pg::Spi spi;
        const Report report = open_report(request);
        if (!report.empty()) {
            add_rows(report, read_revenue(report, request), rows);
        }
    }
    return rows.done();
}

} // namespace billing::analytics
