#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {
namespace {

// parent since 2025-03-31.
std::string subscription_of(const Node &node) {
    if (const std::optional<Node> parent = child(node, "parent")) {
        const std::string found = within("parent", [&]() -> std::string {
            const std::optional<Node> details = child(*parent, "subscription_details");
            return details ? within("subscription_details",
                                    [&] { return reference(*details, "subscription"); })
                           : std::string();
        });
        if (!found.empty()) {
            return found;
        }
    }
    return reference(node, "subscription");
}

int64_t amount(const Node &node, std::string_view key) {
    return money(node, key).value_or(0);
}

void read_amounts(const Node &node, core::InvoiceFacts &invoice) {
    invoice.subtotal = amount(node, "subtotal");
    invoice.total = amount(node, "total");
    invoice.total_excluding_tax = total_excluding_tax(node, invoice.total);
    invoice.amount_due = amount(node, "amount_due");
    invoice.amount_paid = amount(node, "amount_paid");
    invoice.amount_remaining = amount(node, "amount_remaining");
}

void read_times(const Node &node, core::InvoiceFacts &invoice) {
    invoice.created = instant(node, "created");
    invoice.period_start = instant(node, "period_start");
    invoice.period_end = instant(node, "period_end");
    invoice.due_at = instant(node, "due_date");
    invoice.next_payment_attempt = instant(node, "next_payment_attempt");
    if (const std::optional<Node> transitions = child(node, "status_transitions")) {
        within("status_transitions", [&] {
            invoice.finalized_at = instant(*transitions, "finalized_at");
            invoice.paid_at = instant(*transitions, "paid_at");
            invoice.voided_at = instant(*transitions, "voided_at");
            invoice.marked_uncollectible_at = instant(*transitions, "marked_uncollectible_at");
        });
    }
}

// The ids stand beside the payment up to 2025-02-24, and in `payments` (where expanded) after it.
void read_payments(const Node &node, core::InvoiceFacts &invoice) {
    invoice.charge = reference(node, "charge");
    invoice.payment_intent = reference(node, "payment_intent");
    for_each(node, "payments", [&](const Node &entry, size_t) {
        require_object(entry);
        core::PaymentLink link = payment_link(entry);
        if (!link.charge.empty() || !link.payment_intent.empty()) {
            invoice.payments.push_back(std::move(link));
        }
    });
}

bool paid_out_of_band(const Node &node, const core::InvoiceFacts &invoice) {
    const bool nothing_came =
        invoice.status == "paid" && invoice.amount_paid == 0 && invoice.amount_due > 0;
    return flag(node, "paid_out_of_band", nothing_came);
}

} // namespace

core::InvoiceFacts read_invoice(Element object) {
    const Node node(object);
    require_object(node);
    core::InvoiceFacts invoice;
    invoice.id = required_text(node, "id");
    invoice.deleted = flag(node, "deleted", false);
    invoice.customer = customer_of(node);
    invoice.subscription = subscription_of(node);
    invoice.status = text(node, "status");
    if (invoice.status.empty() && flag(node, "paid", false)) {
        invoice.status = "paid";
    }
    invoice.currency = currency(node);
    invoice.number = text(node, "number");
    invoice.billing_reason = text(node, "billing_reason");
    read_amounts(node, invoice);
    invoice.paid_out_of_band = paid_out_of_band(node, invoice);
    read_times(node, invoice);
    invoice.attempted = flag(node, "attempted", false);
    invoice.attempt_count = integer(node, "attempt_count").value_or(0);
    read_payments(node, invoice);
    invoice.test_clock = reference(node, "test_clock");
    return invoice;
}

} // namespace billing::stripe
