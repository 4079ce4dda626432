"""What is left of one feature: balances in burn order, taken from and given back to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from .periods import period

NEVER = datetime.max.replace(tzinfo=timezone.utc)
PERIODS = ("day", "week", "month", "year")


@dataclass
class Rule:
    """How a balance resets: by an interval from an anchor, or as a subscription's periods go."""

    interval: str = "never"
    anchor: datetime | None = None
    periods_of: object = None  # the subscription, for billing_period

    def period(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        if self.interval == "billing_period":
            return self.periods_of.period_start, self.periods_of.period_end
        if self.interval in PERIODS:
            return period(self.anchor, self.interval, at)
        return None, None


@dataclass
class Balance:
    quota: int | None  # None: unlimited
    rule: Rule
    created: datetime
    id: str = ""
    priority: int = 100
    expires: datetime | None = None
    rollover: int = 0
    used: int = 0
    carried: int = 0
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self):
        self.start, self.end = self.rule.period(self.created)

    @property
    def unlimited(self) -> bool:
        return self.quota is None

    @property
    def whole(self) -> int:
        return (self.quota or 0) + self.carried

    @property
    def room(self) -> int:
        return max(0, self.whole - self.used)

    @property
    def over(self) -> int:
        return 0 if self.unlimited else max(0, self.used - self.whole)

    def reset(self) -> None:
        self.carried = 0 if self.unlimited else min(self.rollover, self.room)
        self.used = 0

    def roll(self, at: datetime) -> None:
        """Applies every reset that has passed, one by one: an unused period rolls over too."""
        if self.rule.interval == "billing_period":
            start, end = self.rule.period(at)
            if self.start is not None and start > self.start:
                self.reset()
            self.start, self.end = start, end
        while self.end is not None and at >= self.end and self.rule.interval in PERIODS:
            self.reset()
            self.start, self.end = self.rule.period(self.end)

    def burn_order(self) -> tuple:
        return self.priority, self.expires or NEVER, self.created, self.id


class Pool(Balance):
    """What plans (or the default) give together: one counter, whatever they are at the moment."""

    def __init__(self, at: datetime):
        super().__init__(0, Rule(), at)

    def follow(self, rule: Rule | None, at: datetime) -> None:
        """Resets as it did until now; from now on by another rule, keeping what was used."""
        if rule is None and self.rule.interval == "billing_period":
            self.outlive(at)
            return
        self.roll(at)
        if rule is not None:
            changed = rule != self.rule
            self.rule = rule
            if changed or self.start is None:
                self.start, self.end = rule.period(at)

    def outlive(self, at: datetime) -> None:
        """Nothing gives it any more: the billing period that was running is its last one."""
        if self.end is not None and at >= self.end:
            self.reset()
            self.rule, self.start, self.end = Rule(), None, None

    def reset(self) -> None:
        self.used = self.carried = 0

    def add(self, other: Pool) -> None:
        """Both have counted, and count on as one. Where nothing gives it, it resets as the own did."""
        if not self.used and other.used:
            self.rule, self.start, self.end = other.rule, other.start, other.end
        self.used += other.used

    def burn_order(self) -> tuple:
        return 100, self.end or NEVER, self.rule.anchor or NEVER, ""


@dataclass
class Live:
    """The live balances of a feature, in burn order, and what holds keep of them."""

    balances: list[Balance]
    held: int = 0

    def __post_init__(self):
        self.balances = sorted(self.balances, key=lambda b: b.burn_order())

    @property
    def unlimited(self) -> Balance | None:
        return next((b for b in self.balances if b.unlimited), None)

    @property
    def quota(self) -> int | None:
        return None if self.unlimited else sum(b.whole for b in self.balances)

    @property
    def used(self) -> int:
        return sum(b.used for b in self.balances)

    @property
    def left(self) -> int:
        return max(0, sum(b.room for b in self.balances) - self.held)

    @property
    def remaining(self) -> int | None:
        return None if self.unlimited else self.left

    @property
    def overage(self) -> int:
        return sum(b.over for b in self.balances)

    @property
    def next_reset(self) -> Balance | None:
        return min((b for b in self.balances if b.end), key=lambda b: b.end, default=None)

    def burn(self, quantity: int) -> None:
        """In burn order; what no balance has room for is overage of the last one."""
        if self.unlimited:
            self.unlimited.used += quantity
            return
        for one in self.balances:
            taken = min(one.room, quantity)
            one.used += taken
            quantity -= taken
        self.balances[-1].used += quantity

    def overrun(self, quantity: int) -> None:
        """What is left is burned in order, the rest is booked on the last balance."""
        if self.unlimited:
            self.burn(quantity)
            return
        left = min(self.left, quantity)
        self.burn(left)
        self.balances[-1].used += quantity - left

    def give_back(self, quantity: int) -> int:
        """In reverse burn order, at most what is used; how much it was."""
        given = 0
        for one in reversed(self.balances):
            back = min(one.used, quantity - given)
            one.used -= back
            given += back
        return given
