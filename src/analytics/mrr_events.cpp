#include "analytics/ledger_events.hpp"
#include "customers/references.hpp"

#include <algorithm>

namespace billing::analytics {

namespace {

constexpr int32_t kMaxRows = 100'000;
constexpr int64_t kPage = 5'000;

struct EventsRequest {
    ReportRequest report;
    std::optional<std::string> customer;
    std::optional<std::string> movement;
    int64_t max_rows = 0;
};

EventsRequest read_events_request(const pg::Args &args) {
    EventsRequest request;
    request.report.start = args.day_or_null(0, "start_date");
    request.report.end = args.day_or_null(1, "end_date");
    request.customer = args.text_or_null(2);
    if (const auto currency = args.text_or_null(3)) {
        request.report.currency = tenancy::checked_currency("currency", *currency);
    }
    request.movement = args.text_or_null(4);
    request.report.granularity = checked_granularity(args.text(5, "granularity"));
    request.max_rows = args.i32(6, "max_rows");
    request.report.known_at = args.instant_or_null(7, "known_at");
    constexpr std::array<std::string_view, 5> kMovements = {"new", "reactivation", "expansion",
                                                            "contraction", "churned"};
    if (request.movement &&
        std::find(kMovements.begin(), kMovements.end(), *request.movement) == kMovements.end()) {
        throw pg::invalid("movement",
                          "must be new, reactivation, expansion, contraction or churned");
    }
    if (request.max_rows < 1 || request.max_rows > kMaxRows) {
        throw pg::invalid("max_rows", "must be 1 to " + std::to_string(kMaxRows));
    }
    return request;
}

LedgerFilter filter_of(const Report &report, const EventsRequest &request) {
    const core::Calendar &calendar = report.organization.calendar();
    LedgerFilter filter;
    filter.organization = report.organization.id;
    filter.from = calendar.start_of(report.first());
    const core::Day next = core::next_bucket(report.last(), report.granularity);
    filter.to = std::min(calendar.start_of(next), report.now + 1);
    filter.currency = request.report.currency;
    filter.known_at = request.report.known_at;
    if (request.customer) {
        filter.customer =
            customers::get_customer(filter.organization, *request.customer, pg::Access::read);
    }
    return filter;
}

void add_row(core::Day bucket, const LedgerEvent &row, std::string_view movement,
             pg::RowSet &rows) {
    rows.row(pg::Date{bucket}, pg::Timestamp{row.effective_at}, row.customer,
             pg::nullable(row.customer_name), row.subscription, row.price, row.product,
             row.currency, row.old_mrr, row.new_mrr, row.new_mrr - row.old_mrr,
             pg::nullable(movement), row.reason, row.event_id, pg::nullable(row.event_type),
             pg::Timestamp{row.recorded_at});
}

void add_rows(const Report &report, const EventsRequest &request, pg::RowSet &rows) {
    const pg::EnginePlanning planning;
    const core::Calendar &calendar = report.organization.calendar();
    const LedgerFilter filter = filter_of(report, request);
    int64_t left = request.max_rows;
    LedgerEvent last;
    while (left > 0) {
        const int64_t limit = request.movement ? kPage : std::min(kPage, left);
        const std::vector<LedgerEvent> page = ledger_page(filter, last, limit);
        if (page.empty()) {
            return;
        }
        const auto movements = movements_of(report, page, filter.known_at);
        for (const LedgerEvent &row : page) {
            const core::Day bucket = calendar.bucket_of(row.effective_at, report.granularity);
            const auto found = movements.find({row.customer, row.currency, bucket});
            const std::string_view movement =
                found == movements.end() ? std::string_view() : found->second;
            if (left > 0 && (!request.movement || *request.movement == movement)) {
                add_row(bucket, row, movement, rows);
                --left;
            }
        }
        last = page.back();
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_mrr_events, read) {
    const EventsRequest request = read_events_request(pg::Args(fcinfo));
    pg::RowSet rows(fcinfo);
    {
        const pg::Spi spi;
        const Report report = open_report(request.report);
        if (!report.empty()) {
            add_rows(report, request, rows);
        }
    }
    return rows.done();
}

} // namespace billing::analytics
