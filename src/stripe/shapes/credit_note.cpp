#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {
namespace {

// A list since 2025-03-31, one id before.
std::vector<core::CreditNoteRefund> refunds_of(const Node &node) {
    std::vector<core::CreditNoteRefund> refunds;
    for_each(node, "refunds", [&](const Node &entry, size_t) {
        require_object(entry);
        std::string id = reference(entry, "refund");
        if (!id.empty()) {
            refunds.push_back({std::move(id), money(entry, "amount_refunded")});
        }
    });
    if (refunds.empty()) {
        std::string id = reference(node, "refund");
        if (!id.empty()) {
            refunds.push_back({std::move(id), std::nullopt});
        }
    }
    return refunds;
}

// A credit is a negative amount of the customer's balance transaction.
void read_balance_credit(const Node &node, core::CreditNoteFacts &note) {
    const std::string_view key = "customer_balance_transaction";
    note.balance_transaction = reference(node, key);
    const std::optional<Node> transaction = node.find(key);
    if (!transaction) {
        note.balance_credit = 0;
    } else if (transaction->is_object()) {
        note.balance_credit =
            within(key, [&]() -> int64_t { return -required_money(*transaction, "amount"); });
    }
}

} // namespace

core::CreditNoteFacts read_credit_note(Element object) {
    const Node node(object);
    require_object(node);
    core::CreditNoteFacts note;
    note.id = required_text(node, "id");
    note.invoice = reference(node, "invoice");
    note.customer = customer_of(node);
    note.status = text(node, "status");
    note.type = text(node, "type");
    note.currency = currency(node);
    note.amount = required_money(node, "amount");
    note.total = money(node, "total").value_or(note.amount);
    note.total_excluding_tax = total_excluding_tax(node, note.total);
    note.out_of_band_amount = money(node, "out_of_band_amount").value_or(0);
    note.pre_payment_amount = money(node, "pre_payment_amount");
    note.post_payment_amount = money(node, "post_payment_amount");
    note.refunds = refunds_of(node);
    read_balance_credit(node, note);
    note.created = required_instant(node, "created");
    note.voided_at = instant(node, "voided_at");
    return note;
}

} // namespace billing::stripe
