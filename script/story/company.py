"""Two years of a company that sells three plans, as the events that Stripe would have sent.

Each customer lives alone, in order of time; the events of all are then sorted by their clock. The
same seed and start give the same events.
"""

from __future__ import annotations

import random
import string
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "test"))

from model import emit, objects as o  # noqa: E402
from model.parse import add_months  # noqa: E402
from model.shapes import V2026  # noqa: E402

DAY = 86400
LETTERS = string.ascii_letters + string.digits
FIRST = """Amber Atlas Birch Blue Bright Cedar Clear Cobalt Copper Coral Crescent Delta Ember Fern
Flint Granite Harbor Hazel Iron Ivory Juniper Lantern Maple Meadow Mill North Oak Orchard Pine Quarry
River Saddle Salt Silver Slate Spruce Summit Thistle Timber Willow""".split()
SECOND = """Analytics Bakery Bikes Books Clinics Coffee Data Dental Design Energy Farms Foundry Freight
Games Health Hotels Labs Legal Logistics Media Music Outdoor Robotics School Security Software Studio
Supply Systems Travel""".split()
PRODUCTS = {"starter": "Starter", "team": "Team", "business": "Business"}
AMOUNTS = {  # product: cents a month, cents a year, for each seat
    "starter": (2900, 29000),
    "team": (1500, 14400),
    "business": (34900, 349000),
}


class Startup:
    def __init__(self, start: int, end: int, customers: int = 420, seed: int = 1):
        self.random = random.Random(seed)
        self.start, self.end = start, end
        self.emitter = emit.Emitter(self.new_id)
        self.events: list[dict] = []
        self.customers: list[o.Customer] = []
        self.latest: dict[str, o.Subscription] = {}  # by customer
        self.open_catalogue()
        self.names = [f"{a} {b}" for a in FIRST for b in SECOND]
        self.random.shuffle(self.names)
        for number in range(customers):
            # More of them as the company becomes known.
            joined = start + int((end - start) * self.random.random() ** 0.65)
            self.live(self.names[number % len(self.names)], joined)
        self.events.sort(key=lambda event: event["created"])

    def bodies(self) -> list[bytes]:
        return [emit.text(event).encode() for event in self.events]

    def customer_on(self, product: str) -> o.Customer:
        """The customer who has this plan for the longest time, by now."""
        held = [s for s in self.latest.values()
                if s.status == "active" and s.items[0].price.product == f"prod_{product}"]
        first = min(held, key=lambda s: s.start_date)
        return next(c for c in self.customers if c.id == first.customer)

    # What follows makes events.

    def new_id(self, prefix: str) -> str:
        return prefix + "".join(self.random.choices(LETTERS, k=16))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def emit(self, kind: str, when: int, thing) -> None:
        if when < self.end:
            self.events.append(self.emitter(kind, when, thing, V2026))

    def open_catalogue(self) -> None:
        self.prices = {}
        for key, name in PRODUCTS.items():
            self.emit("product.created", self.start, o.Product(f"prod_{key}", name, self.start))
            for interval, amount in zip(("month", "year"), AMOUNTS[key]):
                price = o.Price(f"price_{key}_{interval}", f"prod_{key}", amount,
                                interval=interval, created=self.start)
                self.prices[key, interval] = price
                self.emit("price.created", self.start, price)
        self.coupon = o.Coupon("WELCOME25", percent_off=25, duration="repeating", months=3,
                               created=self.start)
        self.emit("coupon.created", self.start, self.coupon)

    def live(self, name: str, joined: int) -> None:
        slug = name.lower().replace(" ", "-")
        one = o.Customer(self.new_id("cus_"), f"billing@{slug}.example", name, created=joined)
        self.customers.append(one)
        self.emit("customer.created", joined, one)
        ended = self.subscribe(one, joined + self.random.randint(60, 3 * DAY))
        while ended < self.end and self.chance(0.12):  # some come back
            ended = self.subscribe(one, ended + self.random.randint(40, 160) * DAY, trial=False)

    def subscribe(self, one: o.Customer, when: int, trial: bool = True) -> int:
        """One subscription from its first event to its end, which is returned."""
        if when >= self.end:
            return when
        product = self.random.choices(list(PRODUCTS), (50, 38, 12))[0]
        price = self.prices[product, self.random.choices(("month", "year"), (8, 2))[0]]
        seats = self.random.choice((3, 4, 5, 8, 12, 20)) if product == "team" else 1
        s = o.Subscription(self.new_id("sub_1"), one.id, created=when, start_date=when)
        s.items.append(o.Item(self.new_id("si_"), price, seats, created=when))
        self.latest[one.id] = s
        if trial and self.chance(0.6):
            return self.try_out(s, when)
        self.open_period(s, when)
        if self.chance(0.12):
            s.discounts = [o.Discount(self.new_id("di_1"), self.coupon, when, add_months(when, 3),
                                      one.id, s.id)]
            self.emit("customer.discount.created", when, s.discounts[0])
        self.emit("customer.subscription.created", when, s)
        self.pay(s, when)
        return self.stay(s)

    def try_out(self, s: o.Subscription, when: int) -> int:
        s.status, s.trial_start, s.trial_end = "trialing", when, when + 14 * DAY
        s.period_start, s.period_end = when, s.trial_end
        self.emit("customer.subscription.created", when, s)
        if self.chance(0.4):
            return self.cancel(s, s.trial_end)
        s.status = "active"
        self.open_period(s, s.trial_end)
        self.emit("customer.subscription.updated", s.trial_end, s)
        self.pay(s, s.trial_end)
        return self.stay(s)

    def open_period(self, s: o.Subscription, when: int) -> None:
        months = 12 if s.items[0].price.interval == "year" else 1
        s.period_start, s.period_end = when, add_months(when, months)

    def stay(self, s: o.Subscription) -> int:
        """Month by month, until it ends or the story does."""
        month = 1
        first = s.period_start
        while s.period_start < self.end:
            when = add_months(first, month)
            month += 1
            if self.chance(0.03):
                return self.leave(s)
            self.change(s, when - self.random.randint(2, 25) * DAY)
            if when < s.period_end:
                continue  # a yearly plan is in its middle
            self.open_period(s, when)
            if not self.renew(s, when):
                return s.ended_at
        return self.end

    def leave(self, s: o.Subscription) -> int:
        asked = s.period_start + self.random.randint(1, 20) * DAY
        s.cancel_at_period_end, s.canceled_at = True, asked
        self.emit("customer.subscription.updated", asked, s)
        return self.cancel(s, s.period_end)

    def cancel(self, s: o.Subscription, when: int) -> int:
        if when < self.end:
            s.status, s.ended_at, s.canceled_at = "canceled", when, s.canceled_at or when
            self.emit("customer.subscription.deleted", when, s)
        return when

    def change(self, s: o.Subscription, when: int) -> None:
        """Seats come and go; some grow out of their plan."""
        item = s.items[0]
        product = item.price.product.removeprefix("prod_")
        if product == "team" and self.chance(0.16):
            item.quantity = max(2, item.quantity + self.random.choice((-2, -1, 1, 1, 2, 3, 5)))
        elif product == "starter" and self.chance(0.025):
            item.price, item.quantity = self.prices["team", item.price.interval], 4
        elif product == "team" and item.quantity > 20 and self.chance(0.05):
            item.price, item.quantity = self.prices["business", item.price.interval], 1
        elif product == "business" and self.chance(0.01):
            item.price, item.quantity = self.prices["team", item.price.interval], 12
        else:
            return
        self.emit("customer.subscription.updated", when, s)

    def bill(self, s: o.Subscription, when: int, reason: str) -> o.Invoice:
        one = o.Invoice(self.new_id("in_1"), s.customer, s.id, created=when, billing_reason=reason)
        one.items, one.finalized_at, one.status = list(s.items), when, "open"
        one.total = s.items[0].price.unit_amount * s.items[0].quantity
        if s.discounts and when < s.discounts[0].end:
            one.total = one.total * 3 // 4
        s.latest_invoice = one.id
        return one

    def settle(self, one: o.Invoice, when: int) -> None:
        one.status, one.paid_at, one.attempts, one.amount_paid = "paid", when, 1, one.amount_due
        one.charge, one.payment_intent = self.new_id("ch_3"), self.new_id("pi_3")
        self.emit("invoice.paid", when, one)
        link = o.InvoicePayment(self.new_id("inpay_1"), one.id, one.amount_paid, created=when)
        link.payment_intent = one.payment_intent
        self.emit("invoice_payment.paid", when, link)
        if self.chance(0.012):
            back = o.Refund(self.new_id("re_3"), one.amount_paid, created=when + 5 * DAY)
            back.charge, back.payment_intent = one.charge, one.payment_intent
            self.emit("refund.created", when + 5 * DAY, back)

    def pay(self, s: o.Subscription, when: int, reason: str = "subscription_create") -> None:
        self.settle(self.bill(s, when, reason), when)

    def renew(self, s: o.Subscription, when: int) -> bool:
        """False where the card failed for good."""
        if s.discounts and when >= s.discounts[0].end:
            s.discounts = []
        if self.chance(0.96):
            self.emit("customer.subscription.updated", when, s)
            self.pay(s, when, "subscription_cycle")
            return True
        bill = self.bill(s, when, "subscription_cycle")
        bill.attempts = 1
        self.emit("invoice.payment_failed", when, bill)
        s.status = "past_due"
        self.emit("customer.subscription.updated", when, s)
        if self.chance(0.7):
            later = when + self.random.randint(2, 9) * DAY
            self.settle(bill, later)
            if later < self.end:
                s.status = "active"
                self.emit("customer.subscription.updated", later, s)
            return True
        self.cancel(s, when + 21 * DAY)
        return s.ended_at is None
