"""Tells a short story of a company by hand and collects its events."""

from __future__ import annotations

import itertools
from datetime import datetime, timezone

from . import emit
from . import objects as o
from .shapes import V2026

MONTH = 30 * 86400


def at(text: str) -> int:
    """Seconds of a UTC time such as 2025-06-03 or 2025-06-03T10:00:05."""
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


class Story:
    def __init__(self, version: str = V2026, livemode: bool = False):
        self.version = version
        self.counter = itertools.count(1)
        self.emitter = emit.Emitter(self.new_id, livemode)
        self.events: list[dict] = []
        self.known: set[str] = set()

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self.counter):08d}"

    def emit(self, kind: str, when, thing, event_id: str | None = None) -> dict:
        when = at(when) if isinstance(when, str) else when
        self.events.append(self.emitter(kind, when, thing, self.version, event_id))
        return self.events[-1]

    def bodies(self) -> list[str]:
        return [emit.text(e) for e in self.events]

    def customer(self, name: str = "cus_1", when="2023-12-01", **more) -> o.Customer:
        when = at(when) if isinstance(when, str) else when
        one = o.Customer(name, f"{name}@example.com", name.title(), created=when, **more)
        self.emit("customer.created", when, one)
        self.known.add(name)
        return one

    def price(self, amount=None, interval="month", count=1, product="prod_1", **more) -> o.Price:
        if product not in self.known:
            self.known.add(product)
            self.emit("product.created", "2023-11-01", o.Product(product, product.title()))
        one = o.Price(
            self.new_id("price_"), product, amount, interval=interval, interval_count=count, **more
        )
        self.emit("price.created", "2023-11-01", one)
        return one

    def coupon(self, **terms) -> o.Coupon:
        if terms.get("amount_off") is not None:
            terms.setdefault("currency", "usd")
        one = o.Coupon(self.new_id("CO"), **terms)
        self.emit("coupon.created", "2023-11-01", one)
        return one

    def item(self, price: o.Price, quantity: int | None = 1, **more) -> o.Item:
        return o.Item(self.new_id("si_"), price, quantity, **more)

    def subscribe(self, when, *items, customer="cus_1", name=None, **more) -> o.Subscription:
        """A customer.subscription.created at `when`; items are prices or items."""
        if customer not in self.known:
            self.customer(customer)
        when = at(when) if isinstance(when, str) else when
        parts = [i if isinstance(i, o.Item) else self.item(i) for i in items]
        more.setdefault("start_date", when)
        more.setdefault("period_start", more["start_date"])
        more.setdefault("period_end", more["start_date"] + MONTH)
        one = o.Subscription(
            name or self.new_id("sub_"), customer, created=when, items=parts, **more
        )
        one.currency = more.get("currency", parts[0].price.currency)
        self.emit("customer.subscription.created", when, one)
        return one

    def change(self, one: o.Subscription, when, kind: str = "updated", **more) -> None:
        for name, value in more.items():
            setattr(one, name, value)
        self.emit(f"customer.subscription.{kind}", when, one)

    def quantity(self, one: o.Subscription, when, quantity: int) -> None:
        one.items[0].quantity = quantity
        self.change(one, when)

    def end(self, one: o.Subscription, when, ended_at=None) -> None:
        when = at(when) if isinstance(when, str) else when
        ended_at = at(ended_at) if isinstance(ended_at, str) else ended_at
        one.status, one.ended_at = "canceled", ended_at or when
        one.canceled_at = one.canceled_at or one.ended_at
        self.emit("customer.subscription.deleted", when, one)

    def discount(self, one, coupon: o.Coupon, start, end=None, item=None) -> o.Discount:
        """Announces a discount; the caller puts it on the next snapshot."""
        start = at(start) if isinstance(start, str) else start
        end = at(end) if isinstance(end, str) else end
        given = o.Discount(self.new_id("di_"), coupon, start, end, one.customer, one.id)
        given.item = item and item.id
        (item.discounts if item else one.discounts).append(given)
        self.emit("customer.discount.created", start, given)
        return given

    def invoice(self, when, total: int, customer="cus_1", **more) -> o.Invoice:
        """An invoice, finalized and open."""
        if customer not in self.known:
            self.customer(customer)
        when = at(when) if isinstance(when, str) else when
        one = o.Invoice(self.new_id("in_"), customer, created=when, total=total, **more)
        self.emit("invoice.created", when, one)
        one.status, one.finalized_at = "open", when
        self.emit("invoice.finalized", when, one)
        return one

    def pay(self, one: o.Invoice, when, amount: int | None = None, charge: str | None = None):
        """Pays it by a charge, and says how the two belong together."""
        when = at(when) if isinstance(when, str) else when
        one.amount_paid = one.amount_due if amount is None else amount
        one.status, one.paid_at = "paid", when
        one.charge = charge or self.new_id("ch_")
        one.payment_intent = "pi_" + one.charge[3:]
        self.emit("invoice.paid", when, one)
        name = "inpay_" + one.charge[3:]
        paid = o.InvoicePayment(name, one.id, one.amount_paid, one.currency, when)
        paid.payment_intent = one.payment_intent
        if self.version >= "2025":
            self.emit("invoice_payment.paid", when, paid)

    def refund(self, one: o.Invoice | None, when, amount: int, **more) -> o.Refund:
        when = at(when) if isinstance(when, str) else when
        given = o.Refund(self.new_id("re_"), amount, created=when, **more)
        if one is not None:
            given.charge, given.payment_intent = one.charge, one.payment_intent
            given.currency = one.currency
        self.emit("refund.created", when, given)
        return given
