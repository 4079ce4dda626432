"""Section 8, plan grants only: who may use what, by the products of live subscriptions."""

from __future__ import annotations

from dataclasses import dataclass

from .history import Timeline

UNLIMITED = None


@dataclass
class Feature:
    key: str
    product: str | None  # None: the default of customers without a plan
    quota: int | None = UNLIMITED
    per_seat: bool = False
    metered: bool = False


@dataclass
class Answer:
    allowed: bool
    quota: int | None = 0


def answer(grants: list[tuple[Feature, int]]) -> Answer:
    """Booleans OR, limits add up, unlimited wins."""
    if not grants:
        return Answer(False)
    if not grants[0][0].metered:
        return Answer(True, UNLIMITED)
    if any(feature.quota is UNLIMITED for feature, _ in grants):
        return Answer(True, UNLIMITED)
    quota = sum(f.quota * (int(quantity) if f.per_seat else 1) for f, quantity in grants)
    return Answer(quota >= 1, quota)


def held_products(timelines: list[Timeline], at) -> dict[str | None, list]:
    """Customer -> (product, seats) once for each subscription and product, items added up."""
    out: dict[str | None, list] = {}
    for timeline in timelines:
        seats: dict = {}
        for product, quantity in timeline.at(at).products:
            seats[product] = seats.get(product, 0) + quantity
        out.setdefault(timeline.customer, []).extend(seats.items())
    return out


def access(features: list[Feature], timelines: list, customers, archived: set, at) -> dict:
    """(customer, feature key) -> Answer, nothing used yet."""
    out = {}
    held = held_products(timelines, at)
    for key in {f.key for f in features}:
        for customer in {*customers, *held}:
            products = held.get(customer, [])
            grants = [
                (f, q) for f in features if f.key == key for p, q in products if f.product == p
            ]
            if not products:
                grants = [(f, 1) for f in features if f.key == key and f.product is None]
            out[customer, key] = Answer(False) if customer in archived else answer(grants)
    return out
