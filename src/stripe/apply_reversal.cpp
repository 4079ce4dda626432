#include "stripe/settle.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

namespace {

// A reversal's row under the readers' facts: settle() assigns through this.
struct View {
    revenue::ReversalRow &row;
    core::Seen &seen;
    bool &dirty;

    explicit View(revenue::ReversalRow &target)
        : row(target), seen(target.seen), dirty(target.dirty) {}

    void assign(const core::RefundFacts &facts) {
        set("refund", facts.status, facts.currency, facts.amount, facts.created);
        row.charge = facts.charge;
        row.payment_intent = facts.payment_intent;
    }
    void assign(const core::DisputeFacts &facts) {
        set("dispute", facts.status, facts.currency, facts.amount, facts.created);
        row.charge = facts.charge;
        row.payment_intent = facts.payment_intent;
    }
    void assign(const core::CreditNoteFacts &facts) {
        // What was refunded counts as its refund, what went to the balance was never revenue, and
        // before payment the payment is smaller.
        const bool before_payment = facts.type == "pre_payment";
        set("credit_note", facts.status, facts.currency,
            before_payment ? 0 : facts.out_of_band_amount, facts.created);
        row.stripe_invoice = facts.invoice;
    }

  private:
    void set(const char *kind, const std::string &status, const std::string &currency,
             int64_t amount, core::Instant created) {
        row.kind = kind;
        row.status = status;
        row.currency = currency;
        row.amount = amount;
        row.created_at = created;
    }
};

View touch(Work &work, const std::string &id) {
    revenue::ReversalRow &row = work.revenue.reversals.touch(id);
    row.stripe_id = id;
    work.touch_reversal(id);
    return View(row);
}

} // namespace

void want(Work &work, const Event &, const RefundEvent &facts) {
    work.revenue.reversals.want(facts.id);
}

void apply(Work &work, const Event &event, const RefundEvent &facts) {
    View view = touch(work, facts.id);
    settle(work, view, event, static_cast<const core::RefundFacts &>(facts), read_refund);
    if (facts.was_pending) {
        view.row.was_pending = true;
    }
    if (facts.status == "succeeded") {
        revenue::ReversalRow::keep_earliest(view.row.effective_at, event.created);
    }
}

void want(Work &work, const Event &, const DisputeEvent &facts) {
    work.revenue.reversals.want(facts.id);
}

void apply(Work &work, const Event &event, const DisputeEvent &facts) {
    View view = touch(work, facts.id);
    settle(work, view, event, static_cast<const core::DisputeFacts &>(facts), read_dispute);
    if (facts.withdrawn) {
        revenue::ReversalRow::keep_earliest(view.row.effective_at, event.created);
    }
    if (facts.reinstated) {
        revenue::ReversalRow::keep_earliest(view.row.reinstated_at, event.created);
    }
}

void want(Work &work, const Event &, const core::CreditNoteFacts &facts) {
    work.revenue.reversals.want(facts.id);
}

void apply(Work &work, const Event &event, const core::CreditNoteFacts &facts) {
    View view = touch(work, facts.id);
    settle(work, view, event, facts, read_credit_note);
}

} // namespace billing::stripe
