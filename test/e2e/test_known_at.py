"""What was known before the rest arrived: half of the events, and then all of them.

Prices, coupons, customers and discounts are all in the first half: what a price is worth can
always be told, and only the subscriptions' own snapshots and the money are missing.
"""

from __future__ import annotations

import json
import time
from datetime import date

import pytest
from model.company import Company
from model.oracle import Oracle
from organization import Organization

LATE = ("subscription", "invoice", "refund", "charge", "invoice_payment")
SPAN = (date(2023, 1, 1), date(2026, 2, 1))
NAMES = ("opening", "new", "reactivation", "expansion", "contraction", "churned", "closing")
KNOWN = "SELECT * FROM billing.mrr_movements(%s, %s, 'month', NULL, %s)"


@pytest.fixture(scope="module", params=range(31, 37), ids=lambda seed: f"seed-{seed}")
def halves(request, connection):
    """The organization, the bodies of the first half, and the moment between the halves."""
    bodies = Company(request.param, 40).chaos()
    late = [b for b in bodies if json.loads(b)["data"]["object"]["object"] in LATE]
    second = set(late[: len(late) // 2])
    organization = Organization(connection, "America/New_York")
    first = [b for b in bodies if b not in second]
    organization.feed(first)
    organization.half = organization.run("SELECT * FROM billing.mrr_movements(%s, %s)", *SPAN)
    between = organization.value("SELECT clock_timestamp()")
    organization.feed([b for b in bodies if b in second])
    return organization, first, between


def test_half_of_the_events_give_what_the_model_says_of_them(halves):
    organization, first, _ = halves
    expected = Oracle(first, "America/New_York", time.time()).movements(*SPAN, "month")
    for row in organization.half:
        cell = expected.get((row["period_start"], row["currency"]))
        for name in NAMES:
            want = getattr(cell, name) if cell else 0
            assert abs(float(row[f"{name}_mrr"]) - float(want)) < 1e-6, (row, name)


def test_what_was_known_between_the_halves_is_still_told(halves):
    organization, _, between = halves
    known = organization.run(KNOWN, *SPAN, between)
    currencies = {row["currency"] for row in organization.half}
    assert [r for r in known if r["currency"] in currencies] == organization.half


def test_what_is_known_now_is_what_all_events_say(halves):
    organization, _, _ = halves
    now = organization.run("SELECT * FROM billing.mrr_movements(%s, %s)", *SPAN)
    known = organization.run(
        "SELECT * FROM billing.mrr_movements(%s, %s, known_at => clock_timestamp())", *SPAN
    )
    assert known == now
