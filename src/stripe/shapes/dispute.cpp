#include "stripe/shapes/parts.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {
namespace {

core::BalanceTransactionFacts read_transaction(const Node &node) {
    core::BalanceTransactionFacts transaction;
    transaction.id = text(node, "id");
    transaction.type = text(node, "type");
    transaction.reporting_category = text(node, "reporting_category");
    transaction.currency = currency(node);
    transaction.amount = required_money(node, "amount");
    transaction.created = instant(node, "created");
    return transaction;
}

} // namespace

core::DisputeFacts read_dispute(Element object) {
    const Node node(object);
    require_object(node);
    core::DisputeFacts dispute;
    dispute.id = required_text(node, "id");
    dispute.charge = reference(node, "charge");
    dispute.payment_intent = reference(node, "payment_intent");
    dispute.status = text(node, "status");
    dispute.currency = currency(node);
    dispute.amount = required_money(node, "amount");
    dispute.created = required_instant(node, "created");
    for_each(node, "balance_transactions", [&](const Node &entry, size_t) {
        if (entry.is_object()) {
            dispute.balance_transactions.push_back(read_transaction(entry));
        }
    });
    return dispute;
}

} // namespace billing::stripe
