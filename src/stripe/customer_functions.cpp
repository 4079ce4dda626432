// What ends a customer or joins two. Access, ledger and revenue follow from it, so these stand in
// the room that may touch them all, beside the engine that does the same for Stripe's events.

#include "customers/customer.hpp"
#include "customers/deferred.hpp"
#include "customers/view_row.hpp"
#include "entitlements/grants.hpp"
#include "settings.hpp"
#include "stripe/work.hpp"
#include "tenancy/schema.hpp"

namespace billing::stripe {

namespace {

using customers::Customer;

// Later than the lane's lock: no row was folded after it.
core::Instant present() {
    return pg::instant_of(TimestampTzGetDatum(GetCurrentTimestamp()));
}

// What archiving makes of the customer, if anything.
void put_end(Customer &customer, core::Instant now) {
    customer.archived_at = now;
    customer.updated_at = std::max(now, customer.updated_at.value_or(now) + 1);
}

Customer archive(const pg::Uuid &id, const customers::Seen &seen) {
    static pg::Plan plan{"UPDATE billing_internal.customers SET updated_at = $4, "
                         "archived_at = COALESCE(archived_at, $3), "
                         "archived_here_at = COALESCE(archived_here_at, $3) "
                         "WHERE organization_id = $1 AND id = $2",
                         {UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    const pg::EnginePlanning planning;
    const tenancy::Organization organization = tenancy::lock_lane(current_organization());
    Customer customer = customers::lock_customer(organization.id, id, "customer_id");
    const core::Instant now = pg::transaction_start();
    const bool ends_access = !customer.archived_at;
    if (ends_access) {
        customers::require_unchanged(customer, seen);
        put_end(customer, now);
    }
    pg::run(plan,
            pg::Params(organization.id, id, pg::Timestamp{now}, pg::timestamp(customer.updated_at)),
            pg::Access::write);
    if (ends_access) {
        entitlements::resolve_access(organization, {id}, now);
    }
    return customer;
}

// The same at the end of the statement.
Customer defer_archive(const pg::Uuid &id, const customers::Seen &seen) {
    const pg::EnginePlanning planning;
    const pg::Uuid organization = current_organization();
    Customer customer = customers::read_customer(organization, id, "customer_id");
    if (!customer.archived_at) {
        customers::require_unchanged(customer, seen);
        put_end(customer, pg::transaction_start());
    }
    customers::defer({organization, id, true, [id, seen] { (void)archive(id, seen); }});
    return customer;
}

// Both rows, locked in the order of their ids so that two merges cannot wait for each other.
std::pair<Customer, Customer> lock_both(const pg::Uuid &organization, const pg::Uuid &keep,
                                        const pg::Uuid &drop) {
    const auto first = customers::lock_customer(organization, std::min(keep, drop),
                                                keep < drop ? "keep" : "drop_id");
    const auto second = customers::lock_customer(organization, std::max(keep, drop),
                                                 keep < drop ? "drop_id" : "keep");
    return keep < drop ? std::pair(first, second) : std::pair(second, first);
}

// The external id of the one that goes names the one that stays: as its own where it has none, else
// by the row that leads to it, and no claim in Stripe's metadata moves it from there.
void hand_over_external_id(const Customer &keep, const Customer &drop) {
    static pg::Plan clear{"UPDATE billing_internal.customers SET external_id = NULL "
                          "WHERE organization_id = $1 AND id = $2",
                          {UUIDOID, UUIDOID}};
    static pg::Plan set{"UPDATE billing_internal.customers SET external_id = $3, "
                        "external_id_set_here = true WHERE organization_id = $1 AND id = $2",
                        {UUIDOID, UUIDOID, TEXTOID}};
    if (drop.external_id.empty()) {
        return;
    }
    const bool moves = keep.external_id.empty();
    if (moves) {
        pg::run(clear, pg::Params(keep.organization, drop.id), pg::Access::write);
    }
    pg::run(set, pg::Params(keep.organization, moves ? keep.id : drop.id, drop.external_id),
            pg::Access::write);
}

Customer merge(const pg::Uuid &keep_id, const pg::Uuid &drop_id) {
    const pg::EnginePlanning planning;
    const tenancy::Organization organization = tenancy::lock_lane(current_organization());
    const auto [keep, drop] = lock_both(organization.id, keep_id, drop_id);
    if (drop.merged_into == keep_id) {
        return keep;
    }
    if (keep.merged_into || drop.merged_into) {
        throw customers::merged_elsewhere(keep.merged_into ? "keep" : "drop_id");
    }
    if (keep.archived_at) {
        throw pg::Error(pg::Code::conflict, "an archived customer takes over nobody")
            .field("keep", "is archived");
    }
    const core::Instant now = present();
    const customers::Merge merge{drop_id, keep_id};
    customers::join_rows(organization.id, merge, now, customers::MadeBy::hand);
    hand_over_external_id(keep, drop);
    const std::vector<Event *> no_events;
    Work(organization, now, no_events).merge(merge);
    return customers::lock_customer(organization.id, keep_id, "keep");
}

} // namespace

PG_BILLING_FUNCTION(billing_archive_customer, write) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = args.uuid(0, "customer_id");
    Customer archived;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        archived = archive(id, {});
    }
    return pg::return_row(fcinfo, archived.columns());
}

PG_BILLING_FUNCTION(billing_merge_customers, admin) {
    const pg::Args args(fcinfo);
    const pg::Uuid keep = args.uuid(0, "keep");
    const pg::Uuid drop = args.uuid(1, "drop_id");
    if (keep == drop) {
        throw pg::invalid("drop_id", "must be another customer than keep");
    }
    Customer kept;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        kept = merge(keep, drop);
    }
    return pg::return_row(fcinfo, kept.columns());
}

PG_BILLING_FUNCTION(billing_customers_delete, write) {
    const customers::ViewCall call(fcinfo, customers::ViewCall::Event::remove);
    Customer archived;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        archived = defer_archive(call.before().id(), call.before().seen());
    }
    return call.answer(archived.columns());
}

} // namespace billing::stripe
