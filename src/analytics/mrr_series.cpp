#include "analytics/mrr_series.hpp"

#include "analytics/due.hpp"
#include "analytics/known.hpp"

#include <algorithm>
#include <set>

namespace billing::analytics {

namespace {

using SeriesByCurrency = std::map<std::string, MrrSeries>;

SeriesByCurrency empty_series(const Report &report, const std::vector<std::string> &currencies) {
    SeriesByCurrency out;
    for (const std::string &currency : currencies) {
        out[currency] = {currency, {}, std::vector<core::MrrFlow>(report.buckets.size())};
    }
    return out;
}

// Buckets after the last one of the report are nobody's.
void add_flow(const Report &report, core::Day bucket, const core::MrrFlow &flow, MrrSeries &out) {
    if (bucket < report.first()) {
        out.before += flow;
    } else if (const auto index = report.index_of(bucket)) {
        out.flows[*index] += flow;
    }
}

void add_flows(const Report &report, const core::Flows &flows, SeriesByCurrency &out) {
    for (const auto &[key, flow] : flows.mrr) {
        const auto &[granularity, currency, bucket] = key;
        const auto series = out.find(currency);
        if (granularity == report.granularity && series != out.end()) {
            add_flow(report, bucket, flow, series->second);
        }
    }
}

core::MrrFlow flow_of(const pg::Row &row, int column) {
    core::MrrFlow flow;
    flow.new_mrr = row.decimal(column);
    flow.reactivation = row.decimal(column + 1);
    flow.expansion = row.decimal(column + 2);
    flow.contraction = row.decimal(column + 3);
    flow.churned = row.decimal(column + 4);
    return flow;
}

// Everything before the first bucket comes as one row per currency, under the day before it.
void add_rollup(const Report &report, const std::vector<std::string> &currencies,
                SeriesByCurrency &out) {
    static pg::Plan plan{
        "SELECT r.currency, greatest(r.period_start, $4 - 1), sum(r.new_mrr), "
        "sum(r.reactivation_mrr), sum(r.expansion_mrr), sum(r.contraction_mrr), sum(r.churned_mrr) "
        "FROM billing_internal.mrr_rollup AS r "
        "WHERE r.organization_id = $1 AND r.granularity = $2 AND r.currency = ANY ($3) "
        "AND r.period_start <= $5 "
        "GROUP BY 1, 2",
        {UUIDOID, TEXTOID, TEXTARRAYOID, DATEOID, DATEOID}};
    pg::Columns wanted({TEXTOID});
    for (const std::string &currency : currencies) {
        wanted.row(currency);
    }
    pg::Params params(report.organization.id, core::name_of(report.granularity));
    wanted.append_to(params);
    params.add(pg::Date{report.first()});
    params.add(pg::Date{report.last()});
    const pg::Result rows = pg::run(plan, params, pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        add_flow(report, rows[i].day(1), flow_of(rows[i], 2), out[rows[i].text(0)]);
    }
}

std::vector<std::string> wanted_currencies(const ReportRequest &request,
                                           std::vector<std::string> seen) {
    return request.currency ? std::vector{*request.currency} : std::move(seen);
}

} // namespace

std::vector<std::string> mrr_currencies(const tenancy::Organization &organization,
                                        const core::Flows &more) {
    // From one currency to the next by the index: the cost is their number, not that of the days.
    static pg::Plan next{"SELECT r.currency FROM billing_internal.mrr_rollup AS r "
                         "WHERE r.organization_id = $1 AND r.granularity = 'day' "
                         "AND r.currency > $2 ORDER BY r.currency LIMIT 1",
                         {UUIDOID, TEXTOID}};
    std::set<std::string> seen;
    for (std::string last;;) {
        const pg::Result found = pg::run(next, pg::Params(organization.id, last), pg::Access::read);
        if (found.empty()) {
            break;
        }
        last = found[0].text(0);
        seen.insert(last);
    }
    for (const auto &[key, flow] : more.mrr) {
        seen.insert(std::get<1>(key));
    }
    if (seen.empty()) {
        seen.insert(organization.currency);
    }
    return {seen.begin(), seen.end()};
}

std::vector<MrrSeries> read_mrr_series(const Report &report, const ReportRequest &request) {
    const pg::EnginePlanning planning;
    SeriesByCurrency series;
    if (request.known_at) {
        const core::Flows known = known_flows(report.organization, *request.known_at, report.now);
        series = empty_series(
            report, wanted_currencies(request, currencies_of(report.organization, known)));
        add_flows(report, known, series);
    } else {
        const core::Flows due = flows_to(report.organization, report.now);
        const auto currencies =
            wanted_currencies(request, mrr_currencies(report.organization, due));
        series = empty_series(report, currencies);
        add_rollup(report, currencies, series);
        add_flows(report, due, series);
    }
    std::vector<MrrSeries> out;
    for (auto &[currency, one] : series) {
        out.push_back(std::move(one));
    }
    return out;
}

} // namespace billing::analytics
