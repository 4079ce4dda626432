#include "stripe/shapes/facts_json.hpp"
#include "stripe/work.hpp"

namespace billing::stripe {

namespace {

void apply_embedded_price(Work &work, const Event &event, const core::PriceFacts &price) {
    catalog::PriceRow &row = work.objects.prices.at(price.id);
    const core::Sight sight{event.created, core::kEmbeddedRank, event.event_id};
    const bool decides = core::compare(row.seen, sight) == core::Standing::newer;
    const bool more = (row.facts.tiers_missing() && !price.amounts.tiers.empty()) ||
                      (row.facts.currency_options.empty() && !price.currency_options.empty());
    if (!decides && !more) {
        return; // the usual case: known, and nothing new
    }
    row.dirty = true;
    if (decides) {
        core::take(row.seen, sight);
        row.assign_embedded(price);
    } else {
        row.fill(price);
    }
    if (!row.facts.product.empty()) {
        row.product_id = work.referred(work.objects.products, row.facts.product).id;
    }
    work.touch_references_to(price.id);
}

void apply_embedded_discounts(Work &work, const Event &event,
                              const std::vector<core::DiscountFacts> &discounts) {
    for (const core::DiscountFacts &discount : discounts) {
        apply_embedded(work, event, discount);
    }
}

} // namespace

void want(Work &work, const Event &, const SubscriptionEvent &facts) {
    const core::SubscriptionSnapshot &snapshot = facts.version.snapshot;
    work.objects.subscriptions.want(snapshot.id);
    work.objects.customers.want(snapshot.customer);
    subscriptions::want_objects(work.objects, snapshot);
}

void apply(Work &work, const Event &event, const SubscriptionEvent &facts) {
    const core::SubscriptionSnapshot &snapshot = facts.version.snapshot;
    subscriptions::SubscriptionRow &row = work.objects.subscriptions.touch(snapshot.id);
    row.stripe_customer = snapshot.customer;
    row.customer_id = work.referred(work.objects.customers, snapshot.customer).owner();
    for (const core::ItemSnapshot &item : snapshot.items) {
        if (!item.price.product.empty()) {
            work.referred(work.objects.products, item.price.product);
        }
        apply_embedded_price(work, event, item.price);
        apply_embedded_discounts(work, event, item.discounts);
    }
    apply_embedded_discounts(work, event, snapshot.discounts);
    for (const std::string &reference : subscriptions::references_of(snapshot)) {
        work.add_reference(reference, snapshot.id);
    }
    work.add_version(snapshot.id, facts.version);
    work.touch_subscription(snapshot.id);
}

} // namespace billing::stripe
