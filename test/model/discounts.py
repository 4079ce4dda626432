"""Discounts that come by events of their own: a customer's, and a subscription's."""

from __future__ import annotations

from collections import defaultdict

from .log import Log
from .parse import customer_of, ident, subject


def customer_discounts(log: Log) -> dict[str, list[tuple[int, dict | None]]]:
    """Each customer's own discount over time: (instant, discount or None)."""
    out: dict[str, list] = defaultdict(list)
    for customer, group in log.of("customer").items():
        for event in group:
            if "discount" in subject(event):
                out[customer].append((event["created"], 0, subject(event)["discount"]))
    for group in log.of("discount").values():
        for event in group:
            body = subject(event)
            if body.get("subscription") or body.get("invoice") or body.get("invoice_item"):
                continue
            gone = event["type"].endswith(".deleted")
            out[customer_of(body)].append((event["created"], 1, None if gone else body))
    for changes in out.values():
        changes.sort(key=lambda c: (c[0], c[1], c[2] is not None))
    return {c: [(t, d) for t, _, d in changes] for c, changes in out.items()}


def subscription_discounts(log: Log) -> dict[str, list[dict]]:
    """The customer.discount.* events that name a subscription and no item, oldest first."""
    out: dict[str, list] = defaultdict(list)
    for group in log.of("discount").values():
        for event in group:
            body = subject(event)
            if body.get("subscription") and not body.get("subscription_item"):
                out[ident(body["subscription"])].append(event)
    for group in out.values():
        group.sort(key=lambda e: (e["created"], not e["type"].endswith(".deleted"), e["id"]))
    return out


def listed(base: list, events: list[dict], since: int, at: int) -> list:
    """A snapshot's list, changed by the discount events that came after it."""
    out = list(base)
    for event in events:
        body = subject(event)
        if not since <= event["created"] <= at:
            continue
        names = [ident(d) for d in out]
        if event["type"].endswith(".deleted"):
            out = [d for d in out if ident(d) != body["id"]]
        elif body["id"] in names:
            out[names.index(body["id"])] = body
        else:
            replaced = event["data"].get("previous_attributes", {}).get("id")
            out = [d for d in out if ident(d) != replaced] + [body]
    return out
