// MRR at any instant: the days before the one that holds it from the rollups, and the tail inside
// that day from the ledger. It costs days and the tail, not subscriptions.

#include "analytics/due.hpp"
#include "analytics/known.hpp"
#include "analytics/mrr_series.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

#include <algorithm>

namespace billing::analytics {

namespace {

using Levels = std::map<std::string, MrrLevel>;

void add_flow(const core::MrrFlow &flow, MrrLevel &level) {
    level.mrr += flow.net();
    level.trial += flow.trial;
    level.committed += flow.committed;
    level.customers += flow.customers;
    level.subscriptions += flow.subscriptions;
}

// At the start of `day`, by the rollups.
void add_days(const pg::Uuid &organization, core::Day day, Levels &levels) {
    static pg::Plan plan{
        "SELECT r.currency, sum(r.new_mrr + r.reactivation_mrr + r.expansion_mrr "
        "- r.contraction_mrr - r.churned_mrr), sum(r.trial_mrr), sum(r.committed_mrr), "
        "sum(r.customers)::bigint, sum(r.subscriptions)::bigint "
        "FROM billing_internal.mrr_rollup AS r "
        "WHERE r.organization_id = $1 AND r.granularity = 'day' AND r.currency = $2 "
        "AND r.period_start < $3 GROUP BY r.currency",
        {UUIDOID, TEXTOID, DATEOID}};
    for (auto &[currency, level] : levels) {
        const pg::Result rows =
            pg::run(plan, pg::Params(organization, currency, pg::Date{day}), pg::Access::read);
        if (!rows.empty()) {
            const pg::Row row = rows[0];
            level = {row.decimal(1), row.decimal(2), row.decimal(3), row.i64(4), row.i64(5)};
        }
    }
}

// Every customer with a ledger row in [from, at], by subscription: the MRR before `from` and at
// `at`, and what trial and committed MRR did between.
pg::Result tail_rows(const pg::Uuid &organization, core::Instant from, core::Instant at) {
    static pg::Plan plan{
        "SELECT m.customer_id, m.currency, "
        "coalesce(sum(m.new_mrr - m.old_mrr) FILTER (WHERE m.effective_at < $2), 0), "
        "sum(m.new_mrr - m.old_mrr), "
        "coalesce(sum(m.new_trial_mrr - m.old_trial_mrr) FILTER (WHERE m.effective_at >= $2), 0), "
        "coalesce(sum(m.new_committed_mrr - m.old_committed_mrr) "
        "FILTER (WHERE m.effective_at >= $2), 0) "
        "FROM (SELECT DISTINCT t.customer_id FROM billing_internal.mrr_changes AS t "
        "WHERE t.organization_id = $1 AND t.effective_at >= $2 AND t.effective_at <= $3) AS c "
        "JOIN billing_internal.mrr_changes AS m "
        "ON m.organization_id = $1 AND m.customer_id = c.customer_id "
        "WHERE m.effective_at <= $3 "
        "GROUP BY m.customer_id, m.currency, m.subscription_id "
        "ORDER BY m.customer_id, m.currency",
        {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    return pg::run(plan, pg::Params(organization, pg::Timestamp{from}, pg::Timestamp{at}),
                   pg::Access::read);
}

int64_t paying_change(core::Decimal before, core::Decimal after) {
    return int64_t{after.is_positive()} - int64_t{before.is_positive()};
}

void add_tail(const pg::Result &rows, Levels &levels) {
    core::Decimal before;
    core::Decimal after;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        const std::string currency = row.text(1);
        MrrLevel &level = levels[currency];
        const core::Decimal was = row.decimal(2);
        const core::Decimal is = row.decimal(3);
        level.mrr += is - was;
        level.trial += row.decimal(4);
        level.committed += row.decimal(5);
        level.subscriptions += paying_change(was, is);
        before += was;
        after += is;
        const bool last_of_customer = i + 1 == rows.size() || rows[i + 1].uuid(0) != row.uuid(0) ||
                                      rows[i + 1].text(1) != currency;
        if (last_of_customer) {
            level.customers += paying_change(before, after);
            before = after = core::Decimal();
        }
    }
}

Levels levels_at(const tenancy::Organization &organization, core::Instant at) {
    const pg::EnginePlanning planning;
    const core::Instant now = pg::transaction_start();
    const core::Calendar &calendar = organization.calendar();
    // What is dated ahead of now is in no rollup: it belongs to the tail however far that reaches.
    const core::Day day = calendar.day_of(std::min(at, now));
    const core::Flows due = flows_to(organization, now);
    Levels levels;
    for (const std::string &currency : mrr_currencies(organization, due)) {
        levels[currency] = {};
    }
    add_days(organization.id, day, levels);
    for (const auto &[key, flow] : due.mrr) {
        const auto &[granularity, currency, bucket] = key;
        if (granularity == core::Granularity::day && bucket < day) {
            add_flow(flow, levels[currency]);
        }
    }
    add_tail(tail_rows(organization.id, calendar.start_of(day), at), levels);
    return levels;
}

Levels known_levels_at(const tenancy::Organization &organization, core::Instant at,
                       core::Instant known_at) {
    Levels levels = known_levels(organization, known_at, at);
    if (levels.empty()) {
        levels[organization.currency] = {};
    }
    return levels;
}

} // namespace

PG_BILLING_FUNCTION(billing_mrr_at, read) {
    const pg::Args args(fcinfo);
    const auto at = args.instant_or_null(0, "at");
    if (!at) {
        throw pg::invalid("at", "must not be NULL");
    }
    const auto known_at = args.instant_or_null(1, "known_at");
    pg::RowSet rows(fcinfo);
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const auto organization = tenancy::get_organization(current_organization());
        const Levels levels =
            known_at ? known_levels_at(organization, *at, *known_at) : levels_at(organization, *at);
        for (const auto &[currency, level] : levels) {
            rows.row(currency, level.mrr.to_minor_units(), level.committed.to_minor_units(),
                     level.trial.to_minor_units(), level.customers, level.subscriptions);
        }
    }
    return rows.done();
}

} // namespace billing::analytics
