#include "stripe/settle.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

void want(Work &work, const Event &, const core::InvoiceFacts &facts) {
    work.revenue.invoices.want(facts.id);
    work.objects.customers.want(facts.customer);
    work.objects.subscriptions.want(facts.subscription);
}

void apply(Work &work, const Event &event, const core::InvoiceFacts &facts) {
    if (facts.id.empty()) {
        return; // a preview
    }
    revenue::InvoiceRow &row = work.revenue.invoices.at(facts.id);
    if (settle(work, row, event, facts, read_invoice)) {
        row.updated_at = event.created;
    }
    const core::InvoiceFacts &now = row.facts;
    if (!now.customer.empty()) {
        row.customer_id = work.referred(work.objects.customers, now.customer).owner();
    }
    if (!now.subscription.empty()) {
        row.subscription_id = work.referred(work.objects.subscriptions, now.subscription).id;
    }
    if (event.deleted || facts.deleted) {
        row.dirty = true;
        row.deleted_at = std::min(row.deleted_at.value_or(event.created), event.created);
    }
    // Links are facts whichever snapshot tells them.
    work.revenue.links.link(facts.charge, facts.id);
    work.revenue.links.link(facts.payment_intent, facts.id);
    for (const core::PaymentLink &payment : facts.payments) {
        work.revenue.links.link(payment.charge, facts.id);
        work.revenue.links.link(payment.payment_intent, facts.id);
    }
    work.touch_invoice(facts.id);
}

void want(Work &work, const Event &, const core::InvoicePaymentFacts &facts) {
    work.revenue.invoices.want(facts.invoice);
}

void apply(Work &work, const Event &, const core::InvoicePaymentFacts &facts) {
    work.revenue.links.link(facts.charge, facts.invoice);
    work.revenue.links.link(facts.payment_intent, facts.invoice);
}

void want(Work &, const Event &, const core::ChargeFacts &) {}

void apply(Work &work, const Event &, const core::ChargeFacts &facts) {
    work.revenue.links.link(facts.id, facts.invoice);
    work.revenue.links.link(facts.payment_intent, facts.invoice);
    work.revenue.links.link_charge(facts.id, facts.payment_intent);
}

} // namespace billing::stripe
