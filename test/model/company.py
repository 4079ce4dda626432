"""The seeded random life of a company: its events, and what truly happened.

Everything that goes on is a process, a generator that yields the instant at which it wants to go
on; one clock runs them all. The same seed and start give the same events, byte for byte.
"""

from __future__ import annotations

import heapq
import itertools
import random
import string
from collections import defaultdict

from . import catalog, emit
from . import objects as o
from .life import Life
from .shapes import VERSIONS

DAY = 86400
LETTERS = string.ascii_letters + string.digits
# Midnights as seconds of the UTC day: UTC's own, New York's in summer and in winter.
MIDNIGHTS = (0, 4 * 3600, 5 * 3600)


class Company:
    def __init__(self, seed, subscriptions=60, start=1704067200, days=730, versions=VERSIONS,
                 livemode=False):
        self.seed = seed
        self.random = random.Random(f"company {seed}")
        self.names = random.Random(f"names {seed}")
        self.start, self.end = start, start + days * DAY
        self.now = start
        self.wanted = subscriptions
        self.versions = versions
        self.emitter = emit.Emitter(self.new_id, livemode)
        self.events: list[dict] = []
        self.truth: dict[str, list] = defaultdict(list)
        self.customers: dict[str, o.Customer] = {}
        self.subscriptions: dict[str, o.Subscription] = {}
        self.queue: list = []
        self.ticket = itertools.count()
        self.currencies = ["usd", "eur", "jpy"]
        self.run()

    def new_id(self, prefix: str) -> str:
        return prefix + "".join(self.names.choices(LETTERS, k=16))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def version(self, when: int) -> str:
        """One version a second, so that a chain within a second is of one shape."""
        return random.Random(f"{self.seed} {when}").choice(self.versions)

    def emit(self, kind: str, when: int, thing, event_id: str | None = None) -> dict:
        event = self.emitter(kind, when, thing, self.version(when), event_id)
        self.events.append(event)
        if isinstance(thing, o.Subscription):
            self.note(when, thing)
        return event

    def note(self, when: int, s: o.Subscription) -> None:
        """What is true of a subscription from an instant on, as the simulation knows it."""
        parts = sorted((i.price.product, 1 if i.quantity is None else i.quantity) for i in s.items)
        if s.ended_at is not None:
            when = s.ended_at
        elif s.id not in self.truth and s.status == "active":
            when = s.start_date
        if s.trial_end and s.id not in self.truth and s.status == "active":
            self.truth[s.id].append((s.start_date, "trialing", parts))
            when = s.trial_end
        if s.ended_at is None:
            when = max(when, s.start_date)
        else:
            self.truth[s.id] = [n for n in self.truth[s.id] if n[0] < when]
        self.truth[s.id].append((when, s.status, parts))

    def spawn(self, when: int, process) -> None:
        """Starts a process; it first runs at `when`."""
        next(process)
        heapq.heappush(self.queue, (max(when, self.now), next(self.ticket), process))

    def later(self, now: int, mean_days: float) -> int:
        """Some time after now, often right at the edge of a local day."""
        when = now + 1 + int(self.random.expovariate(1 / (mean_days * DAY)))
        if self.chance(0.15):
            edge = when - when % DAY + self.random.choice(MIDNIGHTS)
            edge += self.random.choice((-1, 0, 0, 1))
            when = max(edge, now + 1)
        return when

    def run(self) -> None:
        self.open_catalogue()
        life = Life(self)
        for _ in range(max(self.wanted * 3 // 5, 1)):
            self.spawn(self.start + int(self.random.random() * 0.8 * (self.end - self.start)),
                       life.customer())
        while self.queue:
            when, _, process = heapq.heappop(self.queue)
            if when >= self.end:
                continue
            self.now = when
            try:
                again = process.send(when)
            except StopIteration:
                continue
            heapq.heappush(self.queue, (max(again, when), next(self.ticket), process))

    def open_catalogue(self) -> None:
        self.products = catalog.products()
        self.prices = {c: catalog.prices_in(c, self.new_id) for c in self.currencies}
        self.coupons = catalog.coupons(self.currencies)
        for product in self.products:
            product.created = self.start
            self.emit("product.created", self.start, product)
        for price in itertools.chain(*self.prices.values()):
            price.created = self.start
            self.emit("price.created", self.start, price)
        for coupon in self.coupons:
            coupon.created = self.start
            self.emit("coupon.created", self.start, coupon)

    def in_order(self) -> list[str]:
        """The bodies as they would arrive on a good day."""
        return [emit.text(e) for e in sorted(self.events, key=lambda e: e["created"])]

    def chaos(self) -> list[str]:
        """Shuffled, a third of them twice."""
        mixed = random.Random(f"chaos {self.seed}")
        bodies = [emit.text(e) for e in self.events]
        bodies += mixed.sample(bodies, len(bodies) // 3)
        mixed.shuffle(bodies)
        return bodies
