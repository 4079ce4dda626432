"""What consumes: track_usage, holds, credits, giving back."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from .answers import Answers
from .balances import Live
from .customer_state import Customer, Hold
from .entitlements import Refused

ANSWER = ("allowed", "reason", "granted", "used", "remaining", "overage", "resets_at")


class Metered(Answers):
    """A world in which usage happens."""

    def track(self, customer: str, feature: str, quantity: int = 1, key: str | None = None) -> dict:
        if quantity == 0:
            raise Refused("validation_failed")
        known = customer in self.customers and feature in self.features
        if known and self.features[feature] != "metered":
            raise Refused("validation_failed")
        if not known:
            return self.answer(customer, feature, False, None, 0)
        one = self.customers[customer]
        if key is not None and (feature, key) in one.answers:
            before, answer = one.answers[feature, key]
            if before != quantity:
                raise Refused("idempotency_conflict")
            return answer
        answer = self.consume(one, feature, quantity) if quantity > 0 else (
            self.give_back(one, feature, -quantity))
        if key is not None:
            one.answers[feature, key] = quantity, answer
        return answer

    def answer(self, customer: str, feature: str, allowed: bool, reason: str | None,
               granted: int) -> dict:
        """The columns of track_usage, as things are after it."""
        out = self.explain(customer, feature)
        out.update(allowed=allowed, reason=reason or out["reason"], granted=granted)
        return {name: out[name] for name in ANSWER}

    def consume(self, one: Customer, feature: str, quantity: int) -> dict:
        level = self.level(one, feature)
        decided = self.decide(one, feature, level, quantity)
        allowed, reason, granted = decided["allowed"], decided["reason"], quantity
        if reason == "credits":
            self.pay(one, feature, quantity)
        elif reason == "overage":
            level.live.overrun(quantity)
        elif allowed:
            level.live.burn(quantity)
        elif reason == "quota_exceeded" and level.policy == "cap" and level.live.left:
            granted = level.live.left
            level.live.burn(granted)
            allowed, reason = True, "capped"
        else:
            granted = 0
        return self.answer(one.name, feature, allowed, reason, granted)

    def pay(self, one: Customer, feature: str, quantity: int) -> None:
        """Credits pay for the whole quantity."""
        need, prepaid = self.needed(one, feature, quantity)
        one.prepaid[feature] = prepaid
        one.by_credits[feature] = one.by_credits.get(feature, 0) + quantity
        if need:
            self.credit(one, feature)[0].live.overrun(need)

    def give_back(self, one: Customer, feature: str, quantity: int) -> dict:
        level = self.level(one, feature)
        live = level.live if level.allowed else Live([self.pool(one, feature)])
        given = live.give_back(quantity)
        given += self.refund(one, feature, quantity - given)
        reason = "nothing_used" if not given else "capped" if given < quantity else "returned"
        return self.answer(one.name, feature, given > 0, reason, -given)

    def refund(self, one: Customer, feature: str, quantity: int) -> int:
        """Gives back what credits paid for; how many units it was."""
        credit = self.credit(one, feature)
        if credit is None or self.level(one, feature).refused:
            return 0
        level, cost = credit
        units = min(quantity, one.by_credits.get(feature, 0), int(level.live.used // cost))
        one.by_credits[feature] = one.by_credits.get(feature, 0) - units
        back = one.prepaid.get(feature, Fraction(0)) + units * cost
        level.live.give_back(int(back // 1))
        one.prepaid[feature] = back % 1
        return units

    # -- holds

    def reserve(self, customer: str, feature: str, name: str, quantity: int,
                ttl: timedelta = timedelta(minutes=10)) -> bool:
        """True where it is held: of the feature, or of the credit that would pay for it."""
        one = self.customers[customer]
        level = self.level(one, feature)
        decided = self.decide(one, feature, level, quantity)
        if not decided["allowed"]:
            return False
        held = feature, quantity
        if decided["reason"] == "credits":
            held = self.costs[feature][0], self.needed(one, feature, quantity)[0]
        one.holds[name] = Hold(name, feature, quantity, self.now + ttl, held)
        return True

    def settle_hold(self, customer: str, name: str, actual: int) -> dict:
        one = self.customers[customer]
        hold = one.holds[name]
        if hold.actual is not None:
            if hold.actual != actual:
                raise Refused("conflict")
            return hold.answer
        live = hold.live(self.now)
        hold.actual = actual
        hold.answer = self.settled(one, hold, actual, live)
        return hold.answer

    def settled(self, one: Customer, hold: Hold, actual: int, live: bool) -> dict:
        level = self.level(one, hold.feature)
        if actual == 0:
            return self.answer(one.name, hold.feature, True, "settled", 0)
        decided = self.decide(one, hold.feature, level, actual)
        guaranteed = live and actual <= hold.quantity and level.allowed
        if decided["allowed"] or not guaranteed:
            return self.consume(one, hold.feature, actual)
        level.live.overrun(actual)
        return self.answer(one.name, hold.feature, True, "overage", actual)
