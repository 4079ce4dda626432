#include "pg/function.hpp"
#include "settings.hpp"
#include "stripe/engine.hpp"
#include "stripe/lanes.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::stripe {

namespace {

constexpr int64_t kMaxEvents = 100'000;

Progress process_chosen(int64_t max_events) {
    const pg::Spi spi;
    const pg::EnginePlanning planning;
    tenancy::pass_gate();
    tenancy::require_schema();
    if (const auto chosen = chosen_organization()) {
        return process(tenancy::lock_lane(*chosen), max_events);
    }
    // A lane of the worker serves whoever waits.
    if (!outer_user_is("billing_worker")) {
        (void)current_organization();
    }
    const auto claimed = claim_lane(pg::transaction_start());
    return claimed ? process(tenancy::lock_lane(*claimed), max_events) : Progress{};
}

void require_parked(const pg::Uuid &organization, const std::string &event_id) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.event_failures "
                         "WHERE organization_id = $1 AND event_id = $2 FOR UPDATE",
                         {UUIDOID, TEXTOID}};
    if (pg::run(plan, pg::Params(organization, event_id), pg::Access::write).empty()) {
        throw pg::Error(pg::Code::not_found, "event " + event_id + " is not among the failed ones")
            .field("event_id", "is not a failed event of this organization")
            .hint("billing.failed_events() lists them.");
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_process_events) {
    const pg::Args args(fcinfo);
    const int32_t max_events = args.i32(0, "max_events");
    if (max_events < 1 || max_events > kMaxEvents) {
        throw pg::invalid("max_events", "must be 1 to 100000");
    }
    const Progress progress = process_chosen(max_events);
    return pg::return_row(fcinfo,
                          pg::TupleBuilder(progress.applied, progress.failed, progress.remaining));
}

PG_BILLING_FUNCTION(billing_failed_events) {
    pg::RowSet rows(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    static pg::Plan plan{
        "SELECT f.event_id, e.type, e.created, f.failed_at, f.attempts, f.code, f.reason, "
        "f.detail, f.discarded_at, f.discard_reason FROM billing_internal.event_failures AS f "
        "JOIN billing_internal.events AS e "
        "ON e.organization_id = $1 AND e.event_id = f.event_id "
        "WHERE f.organization_id = $1 ORDER BY f.failed_at, f.event_id",
        {UUIDOID}};
    const pg::Result failed = pg::run(plan, pg::Params(current_organization()), pg::Access::read);
    for (size_t i = 0; i < failed.size(); ++i) {
        const pg::Row row = failed[i];
        rows.row(row.text(0), row.text(1), pg::Raw{row.datum(2)}, pg::Raw{row.datum(3)}, row.i32(4),
                 row.text(5), row.text(6), pg::nullable(row.text(7)),
                 pg::timestamp(row.instant_or_null(8)), pg::nullable(row.text(9)));
    }
    return rows.done();
}

PG_BILLING_FUNCTION(billing_retry_event) {
    const pg::Args args(fcinfo);
    const std::string event_id = args.text(0, "event_id");
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::Uuid organization = current_organization();
    require_parked(organization, event_id);
    static pg::Plan take{"DELETE FROM billing_internal.event_failures "
                         "WHERE organization_id = $1 AND event_id = $2 RETURNING attempts",
                         {UUIDOID, TEXTOID}};
    static pg::Plan queue{"INSERT INTO billing_internal.event_queue "
                          "(organization_id, position, event_id, received_at, attempts) "
                          "VALUES ($1, $2, $3, $4, $5)",
                          {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, INT4OID}};
    const int32_t attempts =
        pg::run(take, pg::Params(organization, event_id), pg::Access::write)[0].i32(0);
    pg::run(queue,
            pg::Params(organization, pg::new_uuid(), event_id,
                       pg::Timestamp{pg::transaction_start()}, attempts),
            pg::Access::write);
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_discard_event) {
    const pg::Args args(fcinfo);
    const std::string event_id = args.text(0, "event_id");
    const std::string why = args.text(1, "why");
    if (why.empty()) {
        throw pg::invalid("why", "must say why the event is discarded");
    }
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::Uuid organization = current_organization();
    require_parked(organization, event_id);
    static pg::Plan plan{"UPDATE billing_internal.event_failures SET discarded_at = $3, "
                         "discard_reason = $4 WHERE organization_id = $1 AND event_id = $2",
                         {UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID}};
    pg::run(plan, pg::Params(organization, event_id, pg::Timestamp{pg::transaction_start()}, why),
            pg::Access::write);
    return pg::return_void();
}

} // namespace billing::stripe
