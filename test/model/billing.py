"""The money side of a simulated company: invoices, payments, and what goes back."""

from __future__ import annotations

from . import objects as o
from .shapes import V2024

DAY = 86400


class Billing:
    def __init__(self, company):
        self.company = company
        self.random = company.random
        self.paid: dict[str, list[o.Invoice]] = {}

    def amount(self, s: o.Subscription) -> int:
        prices = [int(float(i.price.unit_amount or 1000)) * (i.quantity or 1) for i in s.items]
        return sum(prices) + self.random.randint(0, 99)

    def bill(self, s: o.Subscription, now: int, reason="subscription_cycle") -> o.Invoice:
        """Created, and finalized at once or an hour later."""
        total = self.amount(s)
        one = o.Invoice(self.company.new_id("in_1"), s.customer, s.id, s.currency, created=now)
        one.items, one.billing_reason, one.total = list(s.items), reason, total
        if self.company.chance(0.2):
            one.tax = total * 19 // 119
        if self.company.chance(0.1):
            one.from_balance = self.random.randint(1, total)
        self.company.emit("invoice.created", now, one)
        one.status, one.finalized_at = "open", now
        self.company.emit("invoice.finalized", now, one)
        s.latest_invoice = one.id
        return one

    def start(self, s: o.Subscription, now: int) -> None:
        if self.company.chance(0.7):
            self.pay(self.bill(s, now, "subscription_create"), now)

    def pay(self, one: o.Invoice, now: int) -> None:
        c = self.company
        one.status, one.paid_at, one.attempts = "paid", now, one.attempts + 1
        if c.chance(0.06):
            one.out_of_band = True
        elif one.amount_due:
            one.amount_paid = one.amount_due
            one.charge, one.payment_intent = c.new_id("ch_3"), c.new_id("pi_3")
        c.emit("invoice.paid", now, one)
        if c.chance(0.2):
            c.emit("invoice.payment_succeeded", now, one)
        self.paid.setdefault(one.subscription, []).append(one)
        if one.charge:
            self.link(one, now)
            c.spawn(c.later(now, 20), self.aftermath(one))

    def link(self, one: o.Invoice, now: int) -> None:
        c = self.company
        money = o.Charge(one.charge, one.customer, one.amount_paid, one.currency, now, one.id)
        money.payment_intent = one.payment_intent
        if c.version(now) != V2024:
            paid = o.InvoicePayment(c.new_id("inpay_1"), one.id, one.amount_paid, one.currency, now)
            paid.payment_intent = one.payment_intent
            c.emit("invoice_payment.paid", now, paid)
        if c.chance(0.3):
            c.emit("charge.succeeded", now, money)

    def renewals(self, s: o.Subscription):
        """A bill a month at most; sometimes the period itself is told too."""
        c = self.company
        now = yield
        while True:
            now = yield max(s.period_end, now + DAY)
            if s.status != "active" or s.cancel_at_period_end:
                return
            s.period_start, s.period_end = now, now + 30 * DAY
            if c.chance(0.4):
                self.renew(s, now)
            if c.chance(0.3):
                c.emit("customer.subscription.updated", now, s)

    def renew(self, s: o.Subscription, now: int) -> None:
        """Paid at once or in parts; now and then a draft is thrown away first."""
        c = self.company
        if c.chance(0.1):
            draft = o.Invoice(c.new_id("in_1"), s.customer, s.id, s.currency, created=now)
            draft.total = 500
            c.emit("invoice.created", now, draft)
            c.emit("invoice.deleted", now + 1, draft)
        one = self.bill(s, now)
        if c.chance(0.1) and one.amount_due:
            one.amount_paid = one.amount_due // 3
            c.emit("invoice.updated", now + 1, one)
        self.pay(one, now + self.random.choice((1, 2, 3600)))

    def aftermath(self, one: o.Invoice):
        now = yield
        kinds = ("nothing", "refund", "two", "dispute", "note", "stray")
        kind = self.random.choices(kinds, (30, 4, 1, 1, 1, 1))[0]
        if kind == "refund":
            yield from self.refund(one, now, self.random.randint(1, one.amount_paid))
        elif kind == "two":
            yield from self.refund(one, now, one.amount_paid * 8 // 10 or 1)
            yield from self.refund(one, self.company.now, one.amount_paid * 4 // 10 or 1)
        elif kind == "dispute":
            yield from self.dispute(one, now)
        elif kind == "note":
            yield from self.credit_note(one, now)
        elif kind == "stray":
            self.stray(one.currency, now)

    def refund(self, one: o.Invoice, now: int, amount: int):
        c = self.company
        back = o.Refund(c.new_id("re_3"), amount, one.currency, "succeeded", now)
        back.charge, back.payment_intent = one.charge, one.payment_intent
        if c.chance(0.2):
            back.charge = None
        if c.chance(0.3):
            back.status = "pending"
        c.emit("refund.created", now, back)
        hint = o.Charge(one.charge, one.customer, one.amount_paid, one.currency, now, one.id)
        hint.payment_intent, hint.refunded = one.payment_intent, amount
        c.emit("charge.refunded", now, hint)
        if back.status == "pending":
            now = yield c.later(now, 3)
            back.status = "succeeded"
            c.emit("refund.updated", now, back)
        if c.chance(0.15):
            now = yield c.later(now, 3)
            back.status = "failed"
            c.emit("refund.failed", now, back)

    def stray(self, currency: str, now: int) -> None:
        """A refund of a charge that no invoice knows."""
        back = o.Refund(self.company.new_id("re_3"), 777, currency, "succeeded", now)
        back.charge = self.company.new_id("ch_3")
        self.company.emit("refund.created", now, back)

    def dispute(self, one: o.Invoice, now: int):
        c = self.company
        case = o.Dispute(c.new_id("dp_1"), one.amount_paid, one.currency, created=now)
        case.charge, case.payment_intent = one.charge, one.payment_intent
        c.emit("charge.dispute.created", now, case)
        c.emit("charge.dispute.funds_withdrawn", now, case)
        now = yield c.later(now, 30)
        case.status = self.random.choice(("won", "lost"))
        c.emit("charge.dispute.closed", now, case)
        if case.status == "won":
            c.emit("charge.dispute.funds_reinstated", now, case)

    def credit_note(self, one: o.Invoice, now: int):
        c = self.company
        amount = self.random.randint(2, max(one.amount_paid, 2))
        note = o.CreditNote(c.new_id("cn_1"), one.id, one.customer, amount, one.currency, now)
        note.out_of_band = self.random.choice((None, amount, amount // 2))
        if c.chance(0.2):
            note.type, note.out_of_band = "pre_payment", None
        c.emit("credit_note.created", now, note)
        if c.chance(0.3):
            now = yield c.later(now, 5)
            note.status, note.voided_at = "void", now
            c.emit("credit_note.voided", now, note)

    def fails(self, s: o.Subscription, now: int) -> o.Invoice:
        one = self.bill(s, now)
        one.attempts = 1
        self.company.emit("invoice.payment_failed", now, one)
        return one

    def give_up(self, one: o.Invoice, now: int) -> None:
        """Void, or uncollectible, which may still be paid."""
        c = self.company
        if c.chance(0.5):
            one.status, one.voided_at = "void", now
            c.emit("invoice.voided", now, one)
            return
        one.status, one.uncollectible_at = "uncollectible", now
        c.emit("invoice.marked_uncollectible", now, one)
        if c.chance(0.5):
            c.spawn(c.later(now, 10), self.late_payment(one))

    def late_payment(self, one: o.Invoice):
        now = yield
        self.pay(one, now)

    def give_back(self, s: o.Subscription, now: int) -> None:
        charged = [i for i in self.paid.get(s.id, []) if i.charge]
        if charged:
            last = charged[-1]
            c = self.company
            back = o.Refund(c.new_id("re_3"), last.amount_paid, last.currency, "succeeded", now)
            back.charge, back.payment_intent = last.charge, last.payment_intent
            c.emit("refund.created", now, back)
