// explain_mrr: prices the version in force again, with every step said, and ends at the amount that
// the ledger holds.

#include "core/timeline.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "subscriptions/derivation.hpp"
#include "tenancy/schema.hpp"

namespace billing::analytics {

namespace {

core::Step whole_step(std::string step, std::string detail, core::Decimal amount) {
    return {.item = {},
            .price = {},
            .step = std::move(step),
            .detail = std::move(detail),
            .amount = amount};
}

subscriptions::Derived derived_of(const tenancy::Organization &organization,
                                  subscriptions::Objects &objects, const pg::Uuid &subscription) {
    const auto ids = objects.subscriptions.load_by_id(organization.id, {subscription});
    if (ids.empty()) {
        throw pg::Error(pg::Code::not_found,
                        "subscription " + subscription.to_string() + " does not exist")
            .field("subscription_id", "is unknown")
            .hint("The view billing.subscriptions lists the ids.");
    }
    return std::move(subscriptions::derive(organization, objects, ids, {}).front());
}

core::Decimal ledger_mrr(const core::Timeline &timeline, core::Instant at) {
    core::Decimal mrr;
    for (const core::MrrChange &change : timeline.changes) {
        if (change.effective_at <= at) {
            mrr += change.after.mrr - change.before.mrr;
        }
    }
    return mrr;
}

core::Step status_step(const core::InForce &in_force, core::Decimal sum) {
    const std::string status = "Status " + in_force.status;
    if (in_force.mrr) {
        return whole_step("status", status + ": counts as MRR.", sum);
    }
    return whole_step("status",
                      status + (in_force.trial ? ": counts as trial MRR, not as MRR."
                                               : ": does not count as MRR."),
                      {});
}

std::vector<core::Step> steps_at(const tenancy::Organization &organization,
                                 const pg::Uuid &subscription, core::Instant at) {
    subscriptions::Objects objects;
    const subscriptions::Derived derived = derived_of(organization, objects, subscription);
    const core::Catalogue catalogue = subscriptions::catalogue_of(objects);
    const auto in_force =
        core::in_force_at(derived.timeline, derived.input, at, catalogue, organization.settings);
    if (!in_force) {
        return {whole_step("not_started", "The subscription had not started at this time.", {})};
    }
    std::vector<core::Step> steps;
    const core::PricingResult priced =
        core::price_subscription(in_force->version->snapshot, in_force->discounts, at, catalogue,
                                 organization.settings, &steps);
    core::Decimal sum;
    for (const core::PricedItem &item : priced.items) {
        sum += item.mrr;
    }
    steps.push_back(whole_step("sum", "All items together, per month.", sum));
    steps.push_back(status_step(*in_force, sum));
    const core::Decimal kept = ledger_mrr(derived.timeline, at);
    if (kept != steps.back().amount) {
        steps.push_back(whole_step(
            "last_known", "Not everything about the price is known: the last known MRR stands.",
            kept));
    }
    return steps;
}

} // namespace

PG_BILLING_FUNCTION(billing_explain_mrr, read) {
    const pg::Args args(fcinfo);
    const pg::Uuid subscription = args.uuid(0, "subscription_id");
    const auto at = args.instant_or_null(1, "at");
    if (!at) {
        throw pg::invalid("at", "must not be NULL");
    }
    pg::RowSet rows(fcinfo);
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const auto organization = tenancy::get_organization(current_organization());
        const pg::EnginePlanning planning;
        int32_t number = 0;
        for (const core::Step &step : steps_at(organization, subscription, *at)) {
            rows.row(++number, pg::nullable(step.item), pg::nullable(step.price), step.step,
                     step.detail, step.amount);
        }
    }
    return rows.done();
}

} // namespace billing::analytics
