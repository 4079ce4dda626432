"""Small worlds for the examples of section 8: one customer `ada`, one feature `api`."""

from __future__ import annotations

from datetime import datetime, timezone

from .customer_state import Subscription
from .usage import Metered


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def world(kind: str = "metered", when: str = "2025-01-01") -> Metered:
    """A customer without anything, and one feature."""
    made = Metered(at(when))
    made.features["api"] = kind
    made.customer("ada")
    return made


def subscribe(made: Metered, name="sub", items=(("pro", 1),), status="active", anchor=None,
              periods=("2025-01-01", "2025-02-01")) -> None:
    made.subscription("ada", Subscription(
        name, anchor and at(anchor) or made.now, at(periods[0]), at(periods[1]), status,
        list(items)))


def planned(**terms) -> Metered:
    made = world()
    made.attach("pro", "api", **terms)
    subscribe(made)
    return made


def answer(made: Metered, *names: str, quantity: int = 1) -> tuple:
    found = made.explain("ada", "api", quantity)
    return tuple(found[n] for n in names)


def track(made: Metered, quantity: int, *names: str, key=None) -> tuple:
    found = made.track("ada", "api", quantity, key)
    return tuple(found[n] for n in names or ("allowed", "reason", "granted", "used"))


def left_of(made: Metered) -> dict[str, int]:
    """Grant -> what is left of it."""
    return {r.name: r.balance.room for r in made.customers["ada"].overrides}
