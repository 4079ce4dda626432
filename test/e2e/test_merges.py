"""Customers merged in the middle of a random company's life: its reports are those of customers who were one from the start."""

from __future__ import annotations

import random

import pytest

from model import emit
from model.company import Company

GRANULARITIES = ("day", "week", "month", "quarter", "year")
REPORTS = ("mrr_movements", "churn_rate", "revenue_trend", "subscription_growth")


def pairs_of(company: Company, chooser: random.Random) -> dict[str, str]:
    """Who becomes whom. What Stripe says of one customer alone (that it is deleted, or has a discount of its own) would in the
    twin be said of both: such customers stay by themselves."""
    told = set()
    for event in company.events:
        one = event["data"]["object"]
        if event["type"] == "customer.deleted" or one.get("object") == "customer" and one.get("discount"):
            told.add(one["id"])
        elif event["type"].startswith("customer.discount.") and not one.get("subscription"):
            told.add(one["customer"])
    ids = sorted(set(company.customers) - told)
    chooser.shuffle(ids)
    return dict(zip(ids[0::2], ids[1::2]))


def reports(organization, first: str, last: str) -> dict:
    out = {(name, granularity): organization.run(f"SELECT * FROM billing.{name}(%s, %s, %s)", first, last, granularity)
           for name in REPORTS for granularity in GRANULARITIES}
    out["now"] = organization.run("SELECT * FROM billing.mrr_at()")
    out["top"] = organization.run(
        "SELECT currency, lifetime_revenue, mrr, subscriptions FROM billing.top_customers(1000) ORDER BY 1, 2, 3, 4")
    for standing in ("paying", "trialing", "past_due", "churned"):
        out[standing] = organization.value("SELECT count(*) FROM billing.list_customers(%s, page_size => 500)", standing)
    return out


@pytest.mark.parametrize("seed", range(1, 7), ids=lambda seed: f"seed-{seed}")
def test_merged_customers_were_always_one(organization, seed):
    chooser = random.Random(f"merges {seed}")
    company = Company(seed, subscriptions=60, days=400)
    pairs = pairs_of(company, chooser)
    assert len(pairs) > 5
    bodies = [emit.text(event) for event in company.events]

    twin = organization()
    renamed = []
    for body in bodies:
        for gone, kept in pairs.items():
            body = body.replace(gone, kept)
        renamed.append(body)
    twin.feed(renamed)
    expected = reports(twin, "2024-01-01", "2025-03-31")

    merged = organization()
    waiting = dict(pairs)
    # A third of the events, some merges, and so on; the last ones after everything.
    for end in (len(bodies) // 3, 2 * len(bodies) // 3, len(bodies)):
        merged.feed(bodies[:end])
        for gone in [g for g in waiting if end == len(bodies) or chooser.random() < 0.4]:
            ids = [merged.value("SELECT billing.find_customer(%s)", name) for name in (waiting[gone], gone)]
            if all(ids):
                merged.run("SELECT billing.merge_customers(%s, %s)", *ids)
                del waiting[gone]
    assert not waiting
    assert merged.run("SELECT * FROM billing.verify_rollups()") == []
    found = reports(merged, "2024-01-01", "2025-03-31")
    assert [key for key in expected if found[key] != expected[key]] == []
    merged.run("SELECT billing.rebuild_analytics()")
    again = reports(merged, "2024-01-01", "2025-03-31")
    assert [key for key in expected if again[key] != expected[key]] == []
