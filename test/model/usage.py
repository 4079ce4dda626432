"""What consumes: track_usage, holds, credits, giving back."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from .balances import Live
from .customer_state import Customer, Hold
from .entitlements import Level, World

ANSWER = ("allowed", "reason", "granted", "used", "remaining", "overage", "resets_at")


class Refused(Exception):
    """An error of the contract, by its code."""


class Metered(World):
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
        elif reason == "quota_exceeded" and self.caps(one, feature, level):
            granted = level.live.left
            level.live.burn(granted)
            allowed, reason = True, "capped"
        else:
            granted = 0
        return self.answer(one.name, feature, allowed, reason, granted)

    def caps(self, one: Customer, feature: str, level: Level) -> bool:
        return self.credit(one, feature) is None and level.policy == "cap" and level.live.left > 0

    def pay(self, one: Customer, feature: str, quantity: int) -> None:
        """Credits pay for the whole quantity."""
        need, prepaid = self.needed(one, feature, quantity)
        one.prepaid[feature] = prepaid
        self.pool(one, feature).by_credits += quantity
        if need:
            self.credit(one, feature)[0].live.overrun(need)

    def give_back(self, one: Customer, feature: str, quantity: int) -> dict:
        level = self.level(one, feature)
        pool = self.pool(one, feature)
        live = level.live if level.allowed else Live([pool])
        given = live.give_back(quantity)
        by_credits = min(quantity - given, pool.by_credits)
        if by_credits:
            self.refund(one, feature, by_credits)
            given += by_credits
        reason = "nothing_used" if not given else "capped" if given < quantity else (
            "credits" if by_credits else level.reason)
        return self.answer(one.name, feature, given > 0, reason, -given)

    def refund(self, one: Customer, feature: str, quantity: int) -> None:
        self.pool(one, feature).by_credits -= quantity
        credit = self.credit(one, feature)
        if credit is None:
            return
        level, cost = credit
        back = one.prepaid.get(feature, Fraction(0)) + quantity * cost
        level.live.give_back(int(back // 1))
        one.prepaid[feature] = back % 1

    # -- holds

    def reserve(self, customer: str, feature: str, name: str, quantity: int,
                ttl: timedelta = timedelta(minutes=10)) -> bool:
        """True where it is held."""
        one = self.customers[customer]
        level = self.level(one, feature)
        live = level.live
        fits = level.allowed and (
            bool(live.unlimited) or quantity <= live.left or level.policy == "allow")
        if fits:
            one.holds[name] = Hold(name, feature, quantity, self.now + ttl)
        return fits

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
            return self.answer(one.name, hold.feature, True, level.reason, 0)
        guaranteed = live and actual <= hold.quantity and level.allowed
        if not guaranteed:
            return self.consume(one, hold.feature, actual)
        fits = level.live.unlimited or actual <= level.live.left
        level.live.burn(actual) if fits else level.live.overrun(actual)
        reason = level.reason if fits else "overage"
        return self.answer(one.name, hold.feature, True, reason, actual)
