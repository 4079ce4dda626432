"""What happens to a running subscription: plans, seats, coupons, pauses, failures, ends."""

from __future__ import annotations

from . import objects as o
from .parse import add_months

DAY = 86400

ACTIONS = {
    "seats": 5,
    "switch_plan": 3,
    "add_item": 2,
    "remove_item": 2,
    "coupon": 2,
    "drop_coupon": 1,
    "item_coupon": 1,
    "customer_coupon": 1,
    "pause": 2,
    "cancel_at_end": 2,
    "cancel_now": 2,
    "fail": 2,
    "twice_in_a_second": 1,
    "pending_update": 1,
}


class Changes:
    def __init__(self, company, billing):
        self.company = company
        self.random = company.random
        self.billing = billing

    def item(self, price: o.Price, now: int) -> o.Item:
        quantity = self.random.choice((1, 1, 1, 2, 3, 7, 12, 23))
        one = o.Item(self.company.new_id("si_"), price, quantity, created=now)
        if price.usage_type == "metered":
            one.quantity = None
        return one

    def updated(self, s: o.Subscription, now: int) -> None:
        event = self.company.emit("customer.subscription.updated", now, s)
        if self.company.chance(0.02):
            self.company.emit("pg_billing.refetch", now, s, "pgb_refetch_" + event["id"])

    def one_of_many(self, s: o.Subscription, now: int):
        names = list(ACTIONS)
        name = self.random.choices(names, [ACTIONS[n] for n in names])[0]
        process = getattr(self, name)(s, now)
        if process is not None:
            yield from process

    def seats(self, s, now):
        item = self.random.choice(s.items)
        if item.quantity is None:
            return
        item.quantity = self.random.choice((0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 21, 40))
        self.updated(s, now)

    def switch_plan(self, s, now):
        item = self.random.choice(s.items)
        item.price = self.random.choice(self.company.prices[s.currency][:-1])
        item.quantity = 1 if item.quantity is None else item.quantity
        self.updated(s, now)

    def add_item(self, s, now):
        held = {i.price.id for i in s.items}
        free = [p for p in self.company.prices[s.currency] if p.id not in held]
        if len(s.items) < 4:
            s.items.append(self.item(self.random.choice(free), now))
            self.updated(s, now)

    def remove_item(self, s, now):
        if len(s.items) > 1:
            s.items.remove(self.random.choice(s.items))
            self.updated(s, now)

    def pick_coupon(self, s) -> o.Coupon:
        fits = [c for c in self.company.coupons if c.currency in (None, s.currency)]
        return self.random.choice(fits)

    def new_discount(self, s, now, coupon) -> o.Discount:
        given = o.Discount(self.company.new_id("di_1"), coupon, now, None, s.customer)
        if coupon.duration == "repeating" and self.company.chance(0.7):
            given.end = add_months(now, coupon.months)
        return given

    def put_coupon(self, s, now) -> o.Discount:
        given = self.new_discount(s, now, self.pick_coupon(s))
        given.subscription = s.id
        s.discounts = [*s.discounts, given][-3:]
        self.company.emit("customer.discount.created", now, given)
        if given.end and self.company.chance(0.5):
            self.company.spawn(given.end + self.random.randint(0, 3), self.expire(s, given))
        return given

    def coupon(self, s, now):
        self.put_coupon(s, now)
        if self.company.chance(0.3):
            self.put_coupon(s, now)
        self.updated(s, now)

    def expire(self, s, given):
        """Stripe takes an expired discount off, a moment late."""
        now = yield
        if given in s.discounts and s.status not in ("canceled", "incomplete_expired"):
            s.discounts = [d for d in s.discounts if d is not given]
            self.company.emit("customer.discount.deleted", now, given)
            self.updated(s, now)

    def drop_coupon(self, s, now):
        if s.discounts:
            given = self.random.choice(s.discounts)
            s.discounts = [d for d in s.discounts if d is not given]
            self.company.emit("customer.discount.deleted", now, given)
            self.updated(s, now)

    def item_coupon(self, s, now):
        item = self.random.choice(s.items)
        given = self.new_discount(s, now, self.pick_coupon(s))
        given.subscription, given.item = s.id, item.id
        item.discounts = [*item.discounts, given][-2:]
        self.company.emit("customer.discount.created", now, given)
        self.updated(s, now)

    def customer_coupon(self, s, now):
        owner = self.company.customers[s.customer]
        had = owner.discount
        owner.discount = self.new_discount(s, now, self.pick_coupon(s)) if had is None else None
        if had is None:
            self.company.emit("customer.discount.created", now, owner.discount)
        else:
            self.company.emit("customer.discount.deleted", now, had)
        if self.company.chance(0.7):
            self.company.emit("customer.updated", now, owner)

    def pause(self, s, now):
        s.pause = self.random.choice(("void", "keep_as_draft", "mark_uncollectible"))
        self.updated(s, now)
        if self.company.chance(0.8):
            now = yield self.company.later(now, 25)
            if s.status != "canceled":
                s.pause = None
                self.updated(s, now)

    def cancel_at_end(self, s, now):
        if s.period_end <= now:
            s.period_start, s.period_end = now, now + 30 * DAY
        s.cancel_at_period_end, s.canceled_at = True, now
        self.updated(s, now)
        if self.company.chance(0.25):
            now = yield self.random.randint(now, s.period_end)
            if s.status != "canceled":
                s.cancel_at_period_end, s.canceled_at = False, None
                self.updated(s, now)
            return
        end = s.period_end
        yield end
        if s.status != "canceled":
            self.end(s, end)

    def end(self, s, now):
        """The event may come some seconds after the end that it tells of."""
        s.status, s.ended_at = "canceled", now
        s.canceled_at = s.canceled_at or now
        told = now + self.random.choice((0, 0, 1, 4))
        self.company.emit("customer.subscription.deleted", told, s)
        if self.company.chance(0.08):
            self.company.emit("customer.subscription.updated", told + 3, s)

    def cancel_now(self, s, now):
        self.end(s, now)
        if self.company.chance(0.4):
            self.billing.give_back(s, now)

    def fail(self, s, now):
        """A card fails: back in time, or unpaid, or the end."""
        bill = self.billing.fails(s, now)
        s.status = "past_due"
        self.updated(s, now)
        now = yield self.company.later(now, 12)
        if s.status != "past_due":
            return
        way = self.random.choices(("back", "unpaid", "end"), (5, 3, 2))[0]
        if way == "unpaid":
            s.status = "unpaid"
            self.updated(s, now)
            now = yield self.company.later(now, 25)
            if s.status != "unpaid":
                return
            way = self.random.choice(("back", "end"))
        if way == "end":
            self.end(s, now)
            self.billing.give_up(bill, now)
        else:
            self.billing.pay(bill, now)
            s.status = "active"
            self.updated(s, now)

    def twice_in_a_second(self, s, now):
        item = self.random.choice([i for i in s.items if i.quantity is not None] or [None])
        if item is None:
            return
        for more in (1, 2):
            item.quantity += more
            self.company.emit("customer.subscription.updated", now, s)
        if self.company.chance(0.3):
            self.end(s, now)

    def pending_update(self, s, now):
        item = s.items[0]
        if item.quantity is not None:
            item.quantity += 1
            self.updated(s, now)
            self.company.emit("customer.subscription.pending_update_applied", now, s)
