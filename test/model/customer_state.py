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
    names: set[str] = field(default_factory=set)  # at Stripe, of all that this one is by now
    deleted: set[str] = field(default_factory=set)  # of these
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    payers: dict[str, str] = field(default_factory=dict)  # subscription -> whom Stripe bills, of the names
    ended: set[str] = field(default_factory=set)  # products whose stretch ended
    overrides: list[Override] = field(default_factory=list)
    summary: set[str] = field(default_factory=set)  # lookup keys of Stripe's entitlements
    pools: dict[str, Pool] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    prepaid: dict[str, Fraction] = field(default_factory=dict)
    by_credits: dict[str, int] = field(default_factory=dict)  # units paid and not given back
    answers: dict[tuple[str, str], tuple[int, dict]] = field(default_factory=dict)

    def __post_init__(self):
        self.names.add(self.name)

    @property
    def archived(self) -> bool:
        """Once the last of them is deleted."""
        return self.names == self.deleted

    def become(self, other: Customer) -> None:
        """The other one is this one from now on, with all it has and had. Counters are as of now."""
        self.names |= other.names
        self.deleted |= other.deleted
        self.subscriptions.update(other.subscriptions)
        self.payers.update(other.payers)
        self.ended |= other.ended
        self.overrides += other.overrides
        self.summary |= other.summary
        self.holds.update(other.holds)
        self.answers = {**other.answers, **self.answers}
        for feature, pool in other.pools.items():
            self.pools.setdefault(feature, Pool(self.created)).add(pool)
        for feature, paid in other.prepaid.items():
            self.prepaid[feature] = self.prepaid.get(feature, Fraction(0)) + paid
        for feature, units in other.by_credits.items():
            self.by_credits[feature] = self.by_credits.get(feature, 0) + units

    def entitled_by(self, one: Subscription) -> bool:
        """Whoever is deleted at Stripe has ended subscriptions."""
        return one.entitles and self.payers[one.name] not in self.deleted

    def entitling(self) -> list[Subscription]:
        """Earliest billing anchor first."""
        held = [s for s in self.subscriptions.values() if self.entitled_by(s)]
        return sorted(held, key=lambda s: (s.anchor, s.name))

    def open(self, row: Override, at: datetime) -> bool:
        """A grant for a subscription is open only while that one entitles as well."""
        if not row.open(at):
            return False
        return row.subscription is None or self.entitled_by(self.subscriptions[row.subscription])

    def held(self, feature: str, at: datetime) -> int:
        """What live holds keep of a feature's balances."""
        held = [h.held for h in self.holds.values() if h.live(at)]
        return sum(amount for key, amount in held if key == feature)
