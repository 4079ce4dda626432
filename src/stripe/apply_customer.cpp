#include "stripe/settle.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

void want(Work &work, const Event &event, const core::CustomerFacts &facts) {
    work.objects.customers.want(facts.id);
    work.links.name(facts.id, {facts.pg_billing_customer_id, facts.external_id}, event.created);
    if (facts.discount) {
        want_embedded(work, *facts.discount);
    }
}

void apply(Work &work, const Event &event, const core::CustomerFacts &facts) {
    customers::CustomerRow &row = work.objects.customers.at(facts.id);
    work.touch_customer(facts.id);
    if (settle(work, row, event, facts, read_customer)) {
        row.updated_at = std::max(event.created, row.changed_here_at.value_or(event.created));
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

// Checkout made a customer, or was given one: what the session says of it is a link and no more.
void want(Work &work, const Event &event, const core::CheckoutSessionFacts &facts) {
    if (facts.status == "complete" && !facts.customer.empty()) {
        work.objects.customers.want(facts.customer);
        work.links.name(
            facts.customer,
            {facts.client_reference_id, facts.pg_billing_customer_id, facts.external_id},
            event.created);
    }
}

void apply(Work &work, const Event &, const core::CheckoutSessionFacts &facts) {
    work.touch_customer(facts.customer);
}

} // namespace billing::stripe
