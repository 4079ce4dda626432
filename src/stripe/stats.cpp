#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::stripe {

namespace {

struct Stats {
    int64_t applied = 0;
    int64_t pending = 0;
    std::optional<core::Instant> oldest_pending;
    int64_t failed = 0;
    int64_t discarded = 0;
    int64_t alarms = 0;
    int64_t refunds_unlinked = 0;
    int64_t stubs = 0;
    int64_t unresolved = 0;
    int64_t unrouted = 0;
    int64_t outbox_pending = 0;
    std::optional<bool> livemode;
};

int64_t count(pg::Plan &plan, const std::optional<pg::Uuid> &organization) {
    return pg::run(plan, pg::Params(organization), pg::Access::read)[0].i64(0);
}

void read_queue(Stats &stats, const std::optional<pg::Uuid> &organization) {
    static pg::Plan queue{"SELECT count(*), min(received_at) FROM billing_internal.event_queue "
                          "WHERE organization_id = $1 OR $1 IS NULL",
                          {UUIDOID}};
    static pg::Plan applied{"SELECT coalesce(sum(applied), 0)::bigint "
                            "FROM billing_internal.event_counts "
                            "WHERE organization_id = $1 OR $1 IS NULL",
                            {UUIDOID}};
    static pg::Plan failures{"SELECT count(*) FILTER (WHERE discarded_at IS NULL), "
                             "count(*) FILTER (WHERE discarded_at IS NOT NULL) "
                             "FROM billing_internal.event_failures "
                             "WHERE organization_id = $1 OR $1 IS NULL",
                             {UUIDOID}};
    const pg::Params params(organization);
    {
        const pg::Result rows = pg::run(queue, params, pg::Access::read);
        stats.pending = rows[0].i64(0);
        stats.oldest_pending = rows[0].instant_or_null(1);
    }
    stats.applied = count(applied, organization);
    const pg::Result rows = pg::run(failures, params, pg::Access::read);
    stats.failed = rows[0].i64(0);
    stats.discarded = rows[0].i64(1);
}

void read_doubts(Stats &stats, const std::optional<pg::Uuid> &organization) {
    static pg::Plan alarms{"SELECT count(*) FROM billing_internal.event_alarms "
                           "WHERE organization_id = $1 OR $1 IS NULL",
                           {UUIDOID}};
    static pg::Plan refunds{"SELECT count(*) FROM billing_internal.revenue_entries "
                            "WHERE (organization_id = $1 OR $1 IS NULL) AND kind = 'refund' "
                            "AND stripe_invoice_id IS NULL",
                            {UUIDOID}};
    static pg::Plan unresolved{"SELECT count(*) FROM billing_internal.subscriptions "
                               "WHERE (organization_id = $1 OR $1 IS NULL) AND unresolved",
                               {UUIDOID}};
    static pg::Plan stubs{
        "SELECT (SELECT count(*) FROM billing_internal.customers WHERE seen_created IS NULL "
        "AND stripe_customer_id IS NOT NULL AND (organization_id = $1 OR $1 IS NULL)) + "
        "(SELECT count(*) FROM billing_internal.subscriptions WHERE status IS NULL "
        "AND (organization_id = $1 OR $1 IS NULL)) + "
        "(SELECT count(*) FROM billing_internal.products WHERE seen_created IS NULL "
        "AND stripe_product_id IS NOT NULL AND (organization_id = $1 OR $1 IS NULL)) + "
        "(SELECT count(*) FROM billing_internal.prices WHERE seen_created IS NULL "
        "AND (organization_id = $1 OR $1 IS NULL))",
        {UUIDOID}};
    static pg::Plan outbox{"SELECT count(*) FROM billing_internal.outbox "
                           "WHERE (organization_id = $1 OR $1 IS NULL) "
                           "AND status IN ('pending', 'trying')",
                           {UUIDOID}};
    stats.outbox_pending = count(outbox, organization);
    stats.alarms = count(alarms, organization);
    stats.refunds_unlinked = count(refunds, organization);
    stats.unresolved = count(unresolved, organization);
    stats.stubs = count(stubs, organization);
}

Stats read_stats(const std::optional<pg::Uuid> &organization) {
    Stats stats;
    read_queue(stats, organization);
    read_doubts(stats, organization);
    if (organization) {
        stats.livemode = tenancy::get_organization(*organization).livemode;
    } else {
        static pg::Plan unrouted{"SELECT count(*) FROM billing_internal.unrouted_events", {}};
        stats.unrouted = pg::run(unrouted, pg::Params(), pg::Access::read)[0].i64(0);
    }
    return stats;
}

} // namespace

PG_BILLING_FUNCTION(billing_stats) {
    Stats stats;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        auto organization = chosen_organization();
        if (!organization && !outer_user_is("billing_worker")) {
            organization = current_organization();
        }
        stats = read_stats(organization);
    }
    std::optional<pg::Raw> age;
    if (stats.oldest_pending) {
        const int64_t micros = pg::transaction_start() - *stats.oldest_pending;
        age = pg::Raw{pg::call([micros] {
            auto *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
            interval->time = micros > 0 ? micros : 0;
            return IntervalPGetDatum(interval);
        })};
    }
    const int64_t received = stats.applied + stats.pending + stats.failed + stats.discarded;
    return pg::return_row(fcinfo,
                          pg::TupleBuilder(received, stats.applied, stats.pending, age,
                                           stats.failed, stats.discarded, stats.alarms,
                                           stats.refunds_unlinked, stats.stubs, stats.unresolved,
                                           stats.unrouted, stats.outbox_pending, stats.livemode));
}

} // namespace billing::stripe
