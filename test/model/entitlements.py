"""Section 8 in full: who holds what of a feature, and what is left of it.

A world is one organization. Its clock is moved by `go`; everything else happens at its instant.
answers.py says what is asked of it, usage.py what consumes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from .balances import Balance, Live, Pool, Rule
from .customer_state import Customer, Override, Subscription


class Refused(Exception):
    """An error of the contract, by its code."""


STRICTNESS = ("reject", "cap", "allow")


@dataclass
class PlanRow:
    quota: int | None = None
    reset: str = "month"
    overage: str = "reject"
    value: object = None
    per_seat: bool = False

    def times(self, seats: int) -> int | None:
        return None if self.quota is None else self.quota * (seats if self.per_seat else 1)


@dataclass
class Level:
    """What holds at an instant: the reason says which level, `live` what it amounts to."""

    reason: str
    allowed: bool = False
    live: Live | None = None
    policy: str = "reject"
    value: object = None

    @property
    def refused(self) -> bool:
        """Whatever else there is."""
        return self.reason in ("archived", "blocked")


class World:
    def __init__(self, at: datetime):
        self.now = at
        self.features: dict[str, str] = {}
        self.plans: dict[str | None, dict[str, PlanRow]] = {None: {}}
        self.costs: dict[str, tuple[str, Fraction]] = {}  # feature -> (credit, cost)
        self.customers: dict[str, Customer] = {}
        self.merged: set[str] = set()  # names of customers that became another one
        self.limits = "sum"

    def go(self, at: datetime) -> None:
        self.now = at
        self.settle()

    def settle(self) -> None:
        """Every counter as of now: before and after whatever changes a rule."""
        for customer in self.customers.values():
            for feature, kind in self.features.items():
                if kind == "metered":
                    self.pool(customer, feature)
            for row in customer.overrides:
                row.gave |= customer.open(row, self.now)
                if row.balance is not None:
                    row.balance.roll(self.now)

    # -- what happens

    def attach(self, product: str | None, feature: str, **terms) -> None:
        self.plans.setdefault(product, {})[feature] = PlanRow(**terms)
        self.settle()

    def detach(self, product: str | None, feature: str) -> None:
        self.plans.get(product, {}).pop(feature, None)
        self.settle()

    def set_limits(self, how: str) -> None:
        self.limits = how
        self.settle()

    def customer(self, name: str) -> Customer:
        return self.customers.setdefault(name, Customer(name, self.now))

    def subscription(self, customer: str, snapshot: Subscription) -> None:
        """A snapshot arrives: the whole of the subscription as it is from now on."""
        one = self.customers[customer]
        one.payers.setdefault(snapshot.name, customer)
        before = one.subscriptions.get(snapshot.name)
        kept = set(snapshot.seats) if one.entitled_by(snapshot) else set()
        if before is not None and one.entitled_by(before):
            one.ended |= set(before.seats) - kept
        if before is None:
            one.subscriptions[snapshot.name] = snapshot
        else:
            vars(before).update(vars(snapshot))  # rules hold on to the object
        self.settle()

    def archive(self, customer: str) -> None:
        """Deleted at Stripe, and with it its subscriptions."""
        one = self.customers[customer]
        for held in one.entitling():
            if one.payers[held.name] == customer:
                one.ended |= set(held.seats)
        one.deleted.add(customer)
        self.settle()

    def merge(self, keep: str, gone: str) -> None:
        """What names `gone` names `keep` from now on."""
        kept, left = self.customers[keep], self.customers[gone]
        if keep in self.merged or (gone in self.merged and kept is not left):
            raise Refused("conflict")
        if kept is left:
            return
        if kept.archived:
            raise Refused("conflict")
        self.settle()
        kept.become(left)
        for name in left.names:
            self.customers[name] = kept
        self.merged.add(gone)
        self.settle()

    def summary(self, customer: str, keys: set[str]) -> None:
        self.customers[customer].summary = set(keys)

    def grant(self, customer: str, feature: str, name: str, quota: int | None = None,
              expires: datetime | None = None, priority: int = 100, rollover: int | None = None,
              subscription: str | None = None, value=None, reset: str | None = None,
              kind: str = "grant", id: str = "") -> None:
        one = self.unarchived(customer)
        rule = Rule(reset or "never", self.now, one.subscriptions.get(subscription))
        balance = Balance(quota, rule, self.now, id or name, priority, expires, rollover or 0)
        row = Override(name, kind, feature, balance, subscription, expires, value=value)
        row.gave = one.open(row, self.now)
        one.overrides.append(row)

    def top_up(self, customer: str, feature: str, name: str, **terms) -> None:
        self.grant(customer, feature, name, kind="top_up", **terms)

    def block(self, customer: str, feature: str, name: str) -> None:
        one = self.unarchived(customer)
        if not any(r.kind == "block" and r.feature == feature and r.open(self.now)
                   for r in one.overrides):
            one.overrides.append(Override(name, "block", feature))

    def unarchived(self, customer: str) -> Customer:
        if self.customers[customer].archived:
            raise Refused("conflict")
        return self.customers[customer]

    def revoke(self, customer: str, name: str) -> None:
        for row in self.customers[customer].overrides:
            if row.name == name and row.revoked is None:
                row.revoked = self.now

    def set_cost(self, credit: str, feature: str, cost) -> None:
        if cost is None:
            self.costs.pop(feature, None)
        else:
            self.costs[feature] = credit, Fraction(str(cost))

    # -- what follows from it

    def plan_rows(self, customer: Customer, feature: str) -> list[tuple]:
        """(subscription, row, seats) of everything that entitles, earliest anchor first."""
        return [
            (s, self.plans[product][feature], seats)
            for s in customer.entitling()
            for product, seats in s.seats.items()
            if feature in self.plans.get(product, {})
        ]

    def pool(self, customer: Customer, feature: str) -> Pool:
        """The kept counter, reset by the earliest subscription's row, also where a grant hides that
        one, but not all of them."""
        pool = customer.pools.setdefault(feature, Pool(self.now))
        rows = self.plan_rows(customer, feature)
        hand = [r for r in customer.overrides
                if r.feature == feature and customer.open(r, self.now)]
        hidden = {r.subscription for r in hand if r.kind == "grant"}
        rule = None
        if customer.archived or None in hidden or any(r.kind == "block" for r in hand):
            pass  # it goes on as it did
        elif any(subscription.name not in hidden for subscription, _, _ in rows):
            subscription, row, _ = rows[0]
            rule = Rule(row.reset, subscription.anchor, subscription)
        elif not customer.entitling() and feature in self.plans[None]:
            rule = Rule(self.plans[None][feature].reset, customer.created)
        pool.follow(rule, self.now)
        return pool

    def policy(self, customer: Customer, feature: str) -> str:
        rows = [row for _, row, _ in self.plan_rows(customer, feature)]
        if not customer.entitling() and feature in self.plans[None]:
            rows = [self.plans[None][feature]]
        return max((row.overage for row in rows), key=STRICTNESS.index, default="reject")

    def level(self, customer: Customer, feature: str) -> Level:
        if customer.archived:
            return Level("archived")
        rows = [r for r in customer.overrides
                if r.feature == feature and customer.open(r, self.now)]
        if any(r.kind == "block" for r in rows):
            return Level("blocked")
        reason, grants, plans = self.base(customer, feature, rows)
        top_ups = [r for r in rows if r.kind == "top_up"]
        reason = reason or ("top_up" if top_ups else None)
        if reason is None:
            return Level(self.lost(customer, feature))
        values = sorted(grants, key=lambda r: r.balance.burn_order())
        values = [r.value for r in values] + [row.value for _, row, _ in plans]
        values += [r.value for r in sorted(top_ups, key=lambda r: r.balance.burn_order())]
        balances = [r.balance for r in grants + top_ups]
        if plans and self.features[feature] == "metered":
            pool = self.pool(customer, feature)
            pool.quota = self.together(plans)
            balances.append(pool)
        live = Live(balances, customer.held(feature, self.now))
        policy = self.policy(customer, feature)
        return Level(reason, True, live, policy, values[0] if values else None)

    def base(self, customer: Customer, feature: str, rows: list[Override]) -> tuple:
        """(reason, grants, plans) of the base level, plans as plan_rows; reason None: nothing."""
        grants = [r for r in rows if r.kind == "grant"]
        everywhere = [r for r in grants if r.subscription is None]
        if everywhere:
            return "override", everywhere, []
        hidden = {r.subscription for r in grants}
        plans = [plan for plan in self.plan_rows(customer, feature) if plan[0].name not in hidden]
        if grants:
            return "override", grants, plans
        if plans or (feature in customer.summary and self.features[feature] == "boolean"):
            return "plan", [], plans
        if not customer.entitling() and feature in self.plans[None]:
            return "default", [], [(None, self.plans[None][feature], 1)]
        return None, [], []

    def together(self, plans: list[tuple]) -> int | None:
        """What a subscription's products give adds up; subscriptions by the setting `limits`."""
        by_subscription: dict[str | None, int] = {}
        for subscription, row, seats in plans:
            quota = row.times(seats)
            if quota is None:
                return None
            name = subscription and subscription.name
            by_subscription[name] = by_subscription.get(name, 0) + quota
        return (max if self.limits == "max" else sum)(by_subscription.values())

    def lost(self, customer: Customer, feature: str) -> str:
        """Why nothing holds: something that gave the feature ended, or there never was any."""
        ended = any(feature in self.plans.get(product, {}) for product in customer.ended)
        ended |= any(r.feature == feature and r.kind != "block" and self.over(r)
                     for r in customer.overrides)
        return "expired" if ended else "no_grant"

    def over(self, row: Override) -> bool:
        """It had its time, or its subscription no longer entitles. (Asked where nothing is open.)"""
        ends = [t for t in (row.expires, row.revoked) if t is not None and t <= self.now]
        return min(ends) > row.balance.created if ends else row.gave
