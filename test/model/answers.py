"""What explain_access, entitlements, get_usage and list_grants answer in a world."""

from __future__ import annotations

from fractions import Fraction

from .balances import Live
from .customer_state import Customer, Override
from .entitlements import Level, World


class Unsaid:
    """Equal to whatever is answered: nothing is promised of it."""

    def __eq__(self, other) -> bool:
        return True

    def __repr__(self) -> str:
        return "anything"


UNSAID = Unsaid()  # as when a kept counter resets of which nothing can be used


class Answers(World):
    """A world that can be asked."""

    def explain(self, customer: str, feature: str, quantity: int = 1) -> dict:
        """The columns of explain_access, without source and as_of."""
        nothing = dict.fromkeys(("kind", "quota", "used", "overage", "resets_at", "value"))
        if customer not in self.customers:
            return {**nothing, "allowed": False, "reason": "unknown_customer", "remaining": 0}
        if feature not in self.features:
            return {**nothing, "allowed": False, "reason": "unknown_feature", "remaining": 0}
        one, kind = self.customers[customer], self.features[feature]
        level = self.level(one, feature)
        out = {**nothing, "kind": kind, "allowed": level.allowed, "reason": level.reason}
        if kind != "metered":
            remaining = None if level.allowed else 0
            return {**out, "remaining": remaining, "value": level.value}
        decided = self.decide(one, feature, level, quantity)
        return {**out, **decided, **self.amounts(one, feature, level)}

    def credit(self, customer: Customer, feature: str) -> tuple[Level, Fraction] | None:
        """What may pay for the feature where its own balances do not suffice."""
        if feature not in self.costs:
            return None
        key, cost = self.costs[feature]
        level = self.level(customer, key)
        return (level, cost) if level.allowed else None

    def decide(self, customer: Customer, feature: str, level: Level, quantity: int) -> dict:
        """Own balances, else credits, pay for all of it; then the feature's own policy decides."""
        if level.refused:
            return {"allowed": False, "reason": level.reason}
        if level.allowed and (level.live.unlimited or quantity <= level.live.left):
            return {"allowed": True, "reason": level.reason}
        credit = self.credit(customer, feature)
        if credit is not None and self.affordable(customer, credit, feature, quantity):
            return {"allowed": True, "reason": "credits"}
        if not level.allowed:
            return {"allowed": False, "reason": "quota_exceeded" if credit else level.reason}
        over = level.policy == "allow"
        return {"allowed": over, "reason": "overage" if over else "quota_exceeded"}

    def needed(self, customer: Customer, feature: str, quantity: int) -> tuple[int, Fraction]:
        """(whole credits, what is prepaid afterwards) for a quantity."""
        price = quantity * self.costs[feature][1]
        prepaid = customer.prepaid.get(feature, Fraction(0))
        need = max(0, -((prepaid - price) // 1))
        return int(need), need + prepaid - price

    def affordable(self, customer: Customer, credit: tuple, feature: str, quantity: int) -> bool:
        level, _ = credit
        need, _ = self.needed(customer, feature, quantity)
        return bool(level.live.unlimited) or need <= level.live.left or level.policy == "allow"

    def amounts(self, customer: Customer, feature: str, level: Level) -> dict:
        pool = self.pool(customer, feature)
        credit = self.credit(customer, feature)
        if level.refused or not (level.allowed or credit):
            return {"quota": 0, "used": pool.used, "remaining": 0,
                    "overage": None, "resets_at": UNSAID}
        live = level.live or Live([])
        reset = live.next_reset
        out = {"quota": live.quota, "used": live.used, "overage": live.overage,
               "remaining": live.remaining, "resets_at": reset and reset.end}
        if credit and out["remaining"] is not None:
            means, cost = credit
            prepaid = customer.prepaid.get(feature, Fraction(0))
            out["remaining"] = None if means.live.unlimited else (
                out["remaining"] + int((means.live.left + prepaid) // cost))
        return out

    def usage(self, customer: str, feature: str) -> dict:
        """The columns of get_usage."""
        found = self.explain(customer, feature)
        one = self.customers[customer]
        level = self.level(one, feature)
        out = {n: found[n] for n in ("quota", "used", "remaining")}
        if not level.allowed:
            return {**out, "period_start": UNSAID, "period_end": UNSAID}
        shown = level.live.next_reset
        starts = {b.start for b in level.live.balances if shown and b.end == shown.end}
        start = UNSAID if len(starts) > 1 else shown and shown.start
        return {**out, "period_start": start, "period_end": shown and shown.end}

    def grants(self, customer: str) -> list[tuple[Override, dict]]:
        """The rows made by hand that are open, with the columns of list_grants."""
        one = self.customers[customer]
        return [(r, self.listed(r)) for r in one.overrides if one.open(r, self.now)]

    def listed(self, row: Override) -> dict:
        out = {"what": row.kind}
        if row.kind == "block" or self.features[row.feature] != "metered":
            return out
        b = row.balance
        return {**out, "quota": b.quota, "carried": b.carried, "used": b.used,
                "remaining": None if b.unlimited else b.room, "resets_at": b.end}
