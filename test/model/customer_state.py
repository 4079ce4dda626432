"""What one customer holds: subscriptions, rows made by hand, counters, holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from .balances import Balance, Pool

ENTITLING = ("active", "past_due", "trialing")


@dataclass
class Subscription:
    name: str
    anchor: datetime
    period_start: datetime
    period_end: datetime
    status: str = "active"
    items: list[tuple[str, int]] = field(default_factory=list)  # (product, quantity)

    @property
    def entitles(self) -> bool:
        return self.status in ENTITLING and bool(self.items)

    @property
    def seats(self) -> dict[str, int]:
        """Product -> quantity, items of one product added up."""
        out: dict[str, int] = {}
        for product, quantity in self.items:
            out[product] = out.get(product, 0) + quantity
        return out


@dataclass
class Override:
    """A row made by hand: grant, top_up or block."""

    name: str
    kind: str
    feature: str
    balance: Balance | None = None
    subscription: str | None = None
    expires: datetime | None = None
    revoked: datetime | None = None
    value: object = None
    gave: bool = False  # it has been open

    def open(self, at: datetime) -> bool:
        ends = [t for t in (self.expires, self.revoked) if t is not None]
        return all(at < t for t in ends)


@dataclass
class Hold:
    name: str
    feature: str
    quantity: int
    expires: datetime
    held: tuple[str, int] = ("", 0)  # of which feature how much: its own, or the credit's
    actual: int | None = None  # once settled
    answer: dict | None = None

    def live(self, at: datetime) -> bool:
        return self.actual is None and at < self.expires


@dataclass
class Customer:
    name: str
    created: datetime
    archived: bool = False
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)  # products whose stretch ended
    overrides: list[Override] = field(default_factory=list)
    summary: set[str] = field(default_factory=set)  # lookup keys of Stripe's entitlements
    pools: dict[str, Pool] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    prepaid: dict[str, Fraction] = field(default_factory=dict)
    by_credits: dict[str, int] = field(default_factory=dict)  # units paid and not given back
    answers: dict[tuple[str, str], tuple[int, dict]] = field(default_factory=dict)

    def entitling(self) -> list[Subscription]:
        """Earliest billing anchor first."""
        held = [s for s in self.subscriptions.values() if s.entitles]
        return sorted(held, key=lambda s: (s.anchor, s.name))

    def open(self, row: Override, at: datetime) -> bool:
        """A grant for a subscription is open only while that one entitles as well."""
        if not row.open(at):
            return False
        return row.subscription is None or self.subscriptions[row.subscription].entitles

    def held(self, feature: str, at: datetime) -> int:
        """What live holds keep of a feature's balances."""
        held = [h.held for h in self.holds.values() if h.live(at)]
        return sum(amount for key, amount in held if key == feature)
