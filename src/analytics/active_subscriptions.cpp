// Active subscriptions at any instant: the days before the one that holds it from the rollup, and
// the tail inside that day from the status changes.

#include "analytics/due.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

#include <algorithm>

namespace billing::analytics {

namespace {

int64_t at_start_of(const pg::Uuid &organization, core::Day day) {
    static pg::Plan plan{"SELECT coalesce(sum(r.subscriptions), 0)::bigint "
                         "FROM billing_internal.count_rollup AS r "
                         "WHERE r.organization_id = $1 AND r.granularity = 'day' "
                         "AND r.period_start < $2",
                         {UUIDOID, DATEOID}};
    return pg::run(plan, pg::Params(organization, pg::Date{day}), pg::Access::read)[0].i64(0);
}

// What [from, at] changed: each subscription with a row in it, in service at `at` less before
// `from`.
int64_t change_in(const pg::Uuid &organization, core::Instant from, core::Instant at) {
    static pg::Plan plan{
        "SELECT coalesce(sum(a.in_service::integer - coalesce(b.in_service, false)::integer), 0)"
        "::bigint "
        "FROM (SELECT DISTINCT t.subscription_id FROM billing_internal.status_changes AS t "
        "WHERE t.organization_id = $1 AND t.effective_at >= $2 AND t.effective_at <= $3) AS c "
        "CROSS JOIN LATERAL (SELECT s.in_service FROM billing_internal.status_changes AS s "
        "WHERE s.organization_id = $1 AND s.subscription_id = c.subscription_id "
        "AND s.effective_at <= $3 ORDER BY s.effective_at DESC LIMIT 1) AS a "
        "LEFT JOIN LATERAL (SELECT s.in_service FROM billing_internal.status_changes AS s "
        "WHERE s.organization_id = $1 AND s.subscription_id = c.subscription_id "
        "AND s.effective_at < $2 ORDER BY s.effective_at DESC LIMIT 1) AS b ON true",
        {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    return pg::run(plan, pg::Params(organization, pg::Timestamp{from}, pg::Timestamp{at}),
                   pg::Access::read)[0]
        .i64(0);
}

int64_t active_at(const tenancy::Organization &organization, core::Instant at) {
    const pg::EnginePlanning planning;
    const core::Instant now = pg::transaction_start();
    const core::Calendar &calendar = organization.calendar();
    const core::Day day = calendar.day_of(std::min(at, now));
    int64_t active = at_start_of(organization.id, day);
    for (const auto &[key, flow] : flows_to(organization, now).counts) {
        const auto &[granularity, bucket] = key;
        if (granularity == core::Granularity::day && bucket < day) {
            active += flow.subscriptions;
        }
    }
    return active + change_in(organization.id, calendar.start_of(day), at);
}

} // namespace

PG_BILLING_FUNCTION(billing_active_subscriptions, read) {
    const auto at = pg::Args(fcinfo).instant_or_null(0, "at");
    if (!at) {
        throw pg::invalid("at", "must not be NULL");
    }
    int64_t active = 0;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        active = active_at(tenancy::get_organization(current_organization()), *at);
    }
    return pg::to_datum(active);
}

} // namespace billing::analytics
