#include "analytics/report.hpp"

#include "settings.hpp"
#include "tenancy/schema.hpp"

#include <algorithm>

extern "C" {
#include "utils/fmgrprotos.h"
}

namespace billing::analytics {

namespace {

std::vector<core::Day> choose_buckets(const ReportRequest &request, const core::Calendar &calendar,
                                      core::Day today) {
    const core::Granularity granularity = request.granularity;
    const core::Day end = request.end.value_or(today);
    if (request.start && *request.start > end) {
        throw pg::invalid("start_date", "must not be after end_date, which is today if not given");
    }
    const core::Day last = core::bucket_start(end, granularity, calendar.week_start());
    core::Day bucket = request.start
                           ? core::bucket_start(*request.start, granularity, calendar.week_start())
                           : core::shift_bucket(last, granularity, 1 - kDefaultBuckets);
    std::vector<core::Day> chosen;
    for (; bucket <= last; bucket = core::next_bucket(bucket, granularity)) {
        if (chosen.size() == kMaxBuckets) {
            throw pg::Error(pg::Code::range_too_long,
                            "the range holds more than " + std::to_string(kMaxBuckets) + " buckets")
                .field("start_date", "is too far from end_date")
                .hint("Choose a coarser granularity or a shorter range.");
        }
        chosen.push_back(bucket);
    }
    std::erase_if(chosen, [today](core::Day start) { return start > today; });
    return chosen;
}

} // namespace

core::Granularity checked_granularity(const std::string &name) {
    const auto granularity = core::granularity_from(name);
    if (!granularity) {
        throw pg::invalid("granularity", "must be day, week, month, quarter or year");
    }
    return *granularity;
}

ReportRequest read_request(const pg::Args &args) {
    ReportRequest request;
    request.start = args.day_or_null(0, "start_date");
    request.end = args.day_or_null(1, "end_date");
    request.granularity = checked_granularity(args.text(2, "granularity"));
    return request;
}

ReportRequest read_request_by_currency(const pg::Args &args) {
    ReportRequest request = read_request(args);
    if (const auto currency = args.text_or_null(3)) {
        request.currency = tenancy::checked_currency("currency", *currency);
    }
    return request;
}

std::optional<size_t> Report::index_of(core::Day bucket) const {
    const auto found = std::lower_bound(buckets.begin(), buckets.end(), bucket);
    if (found == buckets.end() || *found != bucket) {
        return std::nullopt;
    }
    return static_cast<size_t>(found - buckets.begin());
}

Report open_report(const ReportRequest &request) {
    tenancy::require_schema();
    Report report;
    report.organization = tenancy::get_organization(current_organization());
    report.now = pg::transaction_start();
    if (request.known_at) {
        report.now = std::min(report.now, *request.known_at);
    }
    report.granularity = request.granularity;
    const core::Calendar &calendar = report.organization.calendar();
    const core::Day today = calendar.day_of(report.now);
    report.buckets = choose_buckets(request, calendar, today);
    report.running = core::bucket_start(today, request.granularity, calendar.week_start());
    return report;
}

std::optional<core::Decimal> percentage(int64_t numerator, int64_t denominator) {
    if (denominator == 0) {
        return std::nullopt;
    }
    // In ten-thousandths of a percent, rounded half away from zero; counts are never negative.
    const __int128 scaled = static_cast<__int128>(numerator) * 1'000'000;
    const __int128 rounded = (2 * scaled + denominator) / (2 * static_cast<__int128>(denominator));
    return core::Decimal::from_scaled(rounded * (core::Decimal::kOne / 10'000));
}

std::optional<pg::Raw> four_decimals(std::optional<core::Decimal> value) {
    if (!value) {
        return std::nullopt;
    }
    const Datum plain = pg::to_datum(*value);
    return pg::Raw{
        pg::call([plain] { return DirectFunctionCall2(numeric_round, plain, Int32GetDatum(4)); })};
}

} // namespace billing::analytics
