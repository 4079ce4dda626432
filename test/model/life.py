"""Customers and their subscriptions: how they begin, change and end."""

from __future__ import annotations

from . import objects as o
from .billing import Billing
from .changes import Changes

DAY = 86400


class Life:
    """Processes for a company: `now = yield when` waits until then."""

    def __init__(self, company):
        self.company = company
        self.random = company.random
        self.billing = Billing(company)
        self.changes = Changes(company, self.billing)

    def customer(self):
        c = self.company
        now = yield
        one = o.Customer(c.new_id("cus_"), created=now)
        one.email, one.name = f"{one.id.lower()}@example.com", one.id[4:9]
        one.currency = self.random.choices(c.currencies, (6, 2, 1))[0]
        c.customers[one.id] = one
        if not c.chance(0.05):  # the others stay a stub
            c.emit("customer.created", now, one)
        if c.chance(0.04):
            c.spawn(c.later(now, 200), self.deletion(one))
        count = 1 if c.chance(0.6) else self.random.randint(2, 3)
        for _ in range(count):
            if len(c.subscriptions) < c.wanted:
                c.spawn(c.later(now, 3), self.subscription(one))
        if c.chance(0.2):
            now = yield c.later(now, 40)
            one.name += " Ltd"
            c.emit("customer.updated", now, one)

    def deletion(self, one: o.Customer):
        c = self.company
        now = yield
        now = yield c.later(now, 30)
        one.deleted = True
        c.emit("customer.deleted", now, one)
        for s in [s for s in c.subscriptions.values() if s.customer == one.id]:
            if s.status in ("canceled", "incomplete_expired"):
                continue
            told = c.chance(0.5)
            s.status, s.ended_at = "canceled", now + (self.random.randint(0, 4) if told else 0)
            if told:
                c.emit("customer.subscription.deleted", s.ended_at, s)
            c.note(s.ended_at, s)

    def subscription(self, owner: o.Customer):
        c = self.company
        now = yield
        if owner.deleted:
            return
        s = self.make(owner, now)
        c.subscriptions[s.id] = s
        yield from self.begin(s, now)
        if s.status == "active":
            c.spawn(c.now, self.billing.renewals(s))
        now = yield c.later(c.now, 20)
        while s.status != "canceled" and not owner.deleted:
            if s.status in ("paused", "incomplete_expired"):
                return
            yield from self.changes.one_of_many(s, now)
            now = yield c.later(c.now, 35)
        if not owner.deleted and c.chance(0.35) and len(c.subscriptions) < c.wanted * 1.3:
            gap = self.random.choice((0, 1, 3600, 10 * DAY, 70 * DAY))
            c.spawn(now + gap, self.subscription(owner))

    def make(self, owner: o.Customer, now: int) -> o.Subscription:
        c = self.company
        currency = owner.currency if c.chance(0.9) else self.random.choice(c.currencies)
        s = o.Subscription(c.new_id("sub_1"), owner.id, currency, "active", now, now)
        for price in self.random.sample(c.prices[currency], self.random.choice((1, 1, 1, 2, 3))):
            s.items.append(self.changes.item(price, now))
        s.period_start, s.period_end = now, now + 30 * DAY
        rates = [o.TaxRate("txr_in", 19, True), o.TaxRate("txr_ex", "8.25", False)]
        if c.chance(0.1):
            s.items[0].tax_rates = [self.random.choice(rates)]
        elif c.chance(0.1):
            s.default_tax_rates = rates
        s.automatic_tax = c.chance(0.04)
        return s

    def begin(self, s: o.Subscription, now: int):
        kinds = ("plain", "trial", "incomplete", "backdated", "future", "imported", "coupon")
        kind = self.random.choices(kinds, (8, 4, 2, 1, 1, 1, 2))[0]
        yield from getattr(self, kind)(s, now)

    def plain(self, s: o.Subscription, now: int):
        self.company.emit("customer.subscription.created", now, s)
        self.billing.start(s, now)
        return
        yield

    def coupon(self, s: o.Subscription, now: int):
        self.changes.put_coupon(s, now)
        yield from self.plain(s, now)

    def backdated(self, s: o.Subscription, now: int):
        s.start_date = now - self.random.randint(1, 60 * DAY)
        yield from self.plain(s, now)

    def future(self, s: o.Subscription, now: int):
        """Known before it starts, and changed before that."""
        s.start_date = now + self.random.randint(2 * DAY, 20 * DAY)
        self.company.emit("customer.subscription.created", now, s)
        if self.company.chance(0.5):
            now = yield now + self.random.randint(60, DAY)
            if s.status != "active":
                return
            s.items[0].quantity = None if s.items[0].quantity is None else 4
            self.company.emit("customer.subscription.updated", now, s)
        yield s.start_date

    def imported(self, s: o.Subscription, now: int):
        """Older than our first look at it."""
        s.created = s.start_date = now - self.random.randint(20, 300) * DAY
        if self.company.chance(0.3):
            s.trial_start, s.trial_end = s.start_date, s.start_date + 14 * DAY
        self.company.emit("pg_billing.backfill", now, s, f"pgb_backfill_{s.id}")
        return
        yield

    def incomplete(self, s: o.Subscription, now: int):
        c = self.company
        s.status = "incomplete"
        c.emit("customer.subscription.created", now, s)
        paid = c.chance(0.6)
        now = yield now + (self.random.randint(0, 3600) if paid else 23 * 3600)
        if s.status != "incomplete":
            return
        s.status = "active" if paid else "incomplete_expired"
        s.ended_at = None if paid else now
        c.emit("customer.subscription.updated", now, s)
        if paid:
            self.billing.start(s, now)

    def trial(self, s: o.Subscription, now: int):
        c = self.company
        s.status, s.trial_start = "trialing", now
        s.trial_end = s.period_end = now + self.random.choice((7, 14, 30)) * DAY
        c.emit("customer.subscription.created", now, s)
        now = yield max(s.trial_end - 3 * DAY, now)
        if s.status != "trialing":
            return
        c.emit("customer.subscription.trial_will_end", now, s)
        now = yield s.trial_end + self.random.choice((0, 1, 1800, 3599))
        if s.status == "trialing":
            yield from self.after_trial(s, now)

    def after_trial(self, s: o.Subscription, now: int):
        c = self.company
        way = self.random.choices(("pays", "leaves", "paused", "past_due"), (6, 3, 1, 1))[0]
        s.period_start, s.period_end = s.trial_end, s.trial_end + 30 * DAY
        if way == "pays":
            s.status = "active"
            c.emit("customer.subscription.updated", now, s)
            self.billing.start(s, now)
        elif way == "leaves":
            self.changes.end(s, now)
        elif way == "past_due":
            yield from self.changes.fail(s, now)
        else:
            s.status = "paused"
            c.emit("customer.subscription.paused", now, s)
            if c.chance(0.5):
                now = yield c.later(now, 20)
                if s.status == "paused":
                    s.status = "active"
                    c.emit("customer.subscription.resumed", now, s)
