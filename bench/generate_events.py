#!/usr/bin/env python3
"""Writes the load of the benchmarks: the events of a simulated company, as Stripe would post them.

    generate_events.py [--customers N] [--seed N] CATALOGUE LIFE FIRST

Three files of bodies, each body after its length (four bytes, little endian): the catalogue, which
arrives once; the life of N customers over a year, in the order of time; and of that life only what
a load of many subscriptions is made from, each customer and subscription as first told.

Ids of everything but the catalogue end in @@@@. Who posts the life again writes another four
letters over each of these and has another company of the same size.
"""

from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test"))

from model import emit  # noqa: E402
from model.company import Company  # noqa: E402
from model.shapes import V2025_09, V2026  # noqa: E402

MARK = "@@@@"
SHARED = ("product.", "price.", "coupon.")
FIRST = ("customer.created", "customer.subscription.created")


class Customers(Company):
    """A company whose ids leave room for the mark, except those of the catalogue."""

    def new_id(self, prefix: str) -> str:
        name = super().new_id(prefix)
        return name if prefix.startswith("price") else name[: -len(MARK)] + MARK


def owners(events: list[dict]) -> dict[str, str]:
    """Invoices and charges to their customers: what only names one of these is theirs."""
    out = {}
    for event in events:
        body = event["data"]["object"]
        if body["object"] in ("invoice", "charge"):
            out[body["id"]] = body["customer"]
            if body.get("charge"):
                out[body["charge"]] = body["customer"]
    return out


def customer_of(event: dict, known: dict[str, str]) -> str | None:
    body = event["data"]["object"]
    if body["object"] == "customer":
        return body["id"]
    return body.get("customer") or known.get(body.get("charge")) or known.get(body.get("invoice"))


def simple_customers(events: list[dict], known: dict[str, str]) -> set[str]:
    """Those whose subscriptions never had more than two items: so events are as long as usual."""
    all_of_them, crowded = set(), set()
    for event in events:
        body = event["data"]["object"]
        owner = customer_of(event, known)
        all_of_them.add(owner)
        if body["object"] == "subscription" and len(body["items"]["data"]) > 2:
            crowded.add(owner)
    return all_of_them - crowded - {None}


def write(path: str, events: list[dict]) -> int:
    bodies = [emit.text(event).encode() for event in events]
    with open(path, "wb") as out:
        for body in bodies:
            out.write(struct.pack("<I", len(body)) + body)
    size = sum(map(len, bodies)) / max(len(bodies), 1)
    print(f"{path}: {len(bodies)} events, {size:.0f} bytes on average")
    return len(bodies)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--customers", type=int, default=600)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("catalogue")
    arguments.add_argument("life")
    arguments.add_argument("first")
    given = arguments.parse_args()

    company = Customers(
        given.seed, subscriptions=given.customers * 2, days=365, versions=(V2025_09, V2026)
    )
    events = sorted(company.events, key=lambda event: event["created"])
    shared = [e for e in events if e["type"].startswith(SHARED)]
    rest = [e for e in events if not e["type"].startswith(SHARED)]
    known = owners(rest)
    kept = simple_customers(rest, known)
    life = [e for e in rest if customer_of(e, known) in kept]
    write(given.catalogue, shared)
    write(given.life, life)
    write(given.first, [e for e in life if e["type"] in FIRST])


if __name__ == "__main__":
    main()
