#include "stripe/settle.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

void want(Work &work, const Event &, const core::CustomerFacts &facts) {
    work.objects.customers.want(facts.id);
    if (facts.discount) {
        want_embedded(work, *facts.discount);
    }
}

void apply(Work &work, const Event &event, const core::CustomerFacts &facts) {
    customers::CustomerRow &row = work.objects.customers.at(facts.id);
    if (settle(work, row, event, facts, read_customer)) {
        row.updated_at = event.created;
    }
    if (event.deleted || facts.deleted) {
        row.dirty = true;
        row.mark_deleted(event.created, event.event_id);
        work.touch_subscriptions_of(facts.id);
    }
    if (facts.discount && !facts.discount->id.empty()) {
        apply_embedded(work, event, *facts.discount);
        // The customer's own discount, seen on the customer.
        customers::DiscountRow &discount = work.objects.discounts.touch(facts.discount->id);
        discount.attached = true;
        if (discount.facts.customer.empty()) {
            discount.facts.customer = facts.id;
        }
        work.touch_subscriptions_of(facts.id);
    }
}

} // namespace billing::stripe
