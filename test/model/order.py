"""The order of an object's snapshots, from the set of its events alone.

By `created`, then by the chain of previous_attributes, then by lifecycle rank,
then by event id: never by arrival.
"""

from __future__ import annotations

from itertools import groupby

from .parse import subject

RANKS = {
    "customer.subscription.created": 0,
    "customer.subscription.deleted": 3,
    "invoice.created": 0,
    "invoice.finalized": 1,
    "invoice.payment_failed": 2,
    "invoice.marked_uncollectible": 3,
    "invoice.paid": 4,
    "invoice.payment_succeeded": 4,
    "invoice.voided": 5,
    "invoice.deleted": 6,
    "pg_billing.backfill": 2,
    "pg_billing.refetch": 2,
}


def rank(event: dict) -> int:
    kind = event["type"]
    if kind in RANKS:
        return RANKS[kind]
    return {"created": 0, "deleted": 3}.get(kind.rsplit(".", 1)[-1], 1)


def includes(whole, part) -> bool:
    """Whether the changed keys `part` have exactly these values in `whole`."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(includes(whole.get(k), v) for k, v in part.items())
    return whole == part


def follows(later: dict, earlier: dict) -> bool:
    """What `later` says was there before is what `earlier` left behind."""
    previous = later["data"].get("previous_attributes")
    return bool(previous) and includes(subject(earlier), previous)


def ordered(events: list[dict]) -> list[dict]:
    """All events of one object, oldest first."""
    out: list[dict] = []
    for _, group in groupby(sorted(events, key=lambda e: e["created"]), lambda e: e["created"]):
        out.extend(chain(list(group)))
    return out


def chain(group: list[dict]) -> list[dict]:
    """One second's events: who has no predecessor left comes next."""
    out: list[dict] = []
    left = sorted(group, key=lambda e: (rank(e), e["id"]))
    while left:
        free = [e for e in left if not any(precedes(o, e) for o in left if o is not e)]
        out.append((free or left)[0])
        left.remove(out[-1])
    return out


def precedes(earlier: dict, later: dict) -> bool:
    return follows(later, earlier) and not follows(earlier, later) and rank(earlier) < 3
