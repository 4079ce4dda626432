"""Random companies, in order and in chaos: the reports say what the independent model says.

A failing seed replays with `pytest -k 'seed-<n>'`; PG_BILLING_SEEDS=100-140 tries others.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from loads import chaos, in_order
from model.access import Feature
from model.company import DAY, Company
from model.oracle import Oracle, rate
from organization import OWN, Organization
from tables import differences, dump

GRANULARITIES = ("day", "week", "month", "quarter", "year")
CLOSE = Fraction(1, 10**9)
LARGE = (1, 2)  # of every 24 seeds
FIRST_SEED, LAST_SEED = map(int, os.environ.get("PG_BILLING_SEEDS", "1-24").split("-"))
SEEDS = range(FIRST_SEED, LAST_SEED + 1)
UNTIL_NOW = (2, 3, 4, 5, 6, 7)  # these companies are still alive: the running bucket counts

FEATURES = [
    Feature("sso", "prod_pro"),
    Feature("sso", "prod_team"),
    Feature("reports", "prod_starter"),
    Feature("reports", "prod_pro"),
    Feature("calls", "prod_api", 1000, metered=True),
    Feature("calls", "prod_packs", 50, per_seat=True, metered=True),
    Feature("calls", "prod_volume", None, metered=True),
    Feature("seats", "prod_team", 3, per_seat=True, metered=True),
    Feature("trial_tools", None),
]


@dataclass
class Played:
    """A company that both organizations have lived through."""

    seed: int
    company: Company
    first: date
    last: date
    zone: str
    in_order: Organization
    chaos: Organization
    oracle: Oracle

    def __post_init__(self):
        self.kept: dict = {}

    def predicted(self, report: str, granularity: str) -> dict:
        """What the model says of the whole span, computed once for both organizations."""
        key = report, granularity
        if key not in self.kept:
            self.kept[key] = getattr(self.oracle, report)(self.first, self.last, granularity)
        return self.kept[key]

    def both(self):
        return (("in order", self.in_order), ("chaos", self.chaos))


def prepare(organization: Organization) -> None:
    """Plans and their features, before any event: the products that arrive become these rows."""
    for key in dict.fromkeys(f.key for f in FEATURES):
        kind = "metered" if next(f for f in FEATURES if f.key == key).metered else "boolean"
        organization.run("SELECT billing.create_feature(%s, %s, %s)", key, key.title(), kind)
    products = {
        name: organization.value("SELECT billing.create_product(%s, '{}', %s)", name, name)
        for name in dict.fromkeys(f.product for f in FEATURES if f.product)
    }
    for f in FEATURES:
        organization.run(
            "SELECT billing.attach_feature(%s, %s, %s, per_seat => %s)",
            products.get(f.product), f.key, f.quota, f.per_seat,
        )


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed-{seed}")
def played(request, cluster, database, connection):
    seed = request.param
    zone = ("UTC", "America/New_York")[seed % 2]
    size = 200 if seed % 24 in LARGE else 45
    start = int(datetime(2024, 1, 1, tzinfo=timezone.utc).timestamp())
    if seed % 24 in UNTIL_NOW:
        start = int(time.time()) // DAY * DAY - 731 * DAY
    company = Company(seed, size, start)
    made = [Organization(connection, zone) for _ in range(2)]
    for organization in made:
        organization.choose()
        prepare(organization)
    chaos(cluster, database, made[1], company.chaos(), seed)
    made[0].choose()
    in_order(made[0], company.in_order(), seed)
    oracle = Oracle(company.in_order(), zone, time.time())
    first = datetime.fromtimestamp(company.start, timezone.utc).date() - timedelta(days=400)
    last = datetime.fromtimestamp(company.end, timezone.utc).date() + timedelta(days=20)
    print(f"seed {seed}: {len(company.events)} events from {company.start}")
    return Played(seed, company, first, last, zone, *made, oracle)


@pytest.fixture(params=["in order", "chaos"])
def lived(request, played):
    """One of the two organizations, chosen on the connection that they share."""
    organization = dict(played.both())[request.param]
    organization.choose()
    return organization


def by_key(rows: list[dict], *names: str) -> dict:
    return {(r["period_start"], r["currency"]): tuple(r[n] for n in names) for r in rows}


def agree(found: dict, expected: dict, nothing) -> None:
    """Equal cells; what the model leaves out must be zero."""
    missing = expected.keys() - found.keys()
    assert not {k: expected[k] for k in missing if expected[k] != nothing}
    wrong = {k: (v, expected.get(k, nothing)) for k, v in found.items()
             if v != expected.get(k, nothing)}
    assert not wrong


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_mrr(played, lived, granularity):
    rows = lived.report("mrr", played.first, played.last, granularity)
    expected = played.predicted("mrr", granularity)
    agree(by_key(rows, "mrr", "arr"), expected, (0, 0))
    grid = {
        one.start: running
        for one, _, running in played.oracle.buckets(played.first, played.last, granularity)
    }
    currencies = {r["currency"] for r in rows}
    assert {(r["period_start"], r["currency"]): r["is_partial"] for r in rows} == {
        (start, currency): running for start, running in grid.items() for currency in currencies
    }


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_movements(played, lived, granularity):
    rows = lived.report("mrr_movements", played.first, played.last, granularity)
    expected = played.predicted("movements", granularity)
    names = ("opening", "new", "reactivation", "expansion", "contraction", "churned", "closing")
    wrong, seen = [], set()
    for row in rows:
        key = row["period_start"], row["currency"]
        seen.add(key)
        for name in names:
            want = getattr(expected[key], name) if key in expected else Fraction(0)
            if abs(Fraction(row[f"{name}_mrr"]) - want) > CLOSE:
                wrong.append((key, name, row[f"{name}_mrr"], float(want)))
        assert row["fx_mrr"] == 0
    assert not wrong
    assert {key for key, cell in expected.items() if any(vars(cell).values())} <= seen


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_opening_and_movements_are_closing_to_the_last_digit(played, lived, granularity):
    assert lived.unbalanced(played.first, played.last, granularity) == []


def test_mrr_at_any_instant(played, lived):
    dice = random.Random(f"instants {played.seed}")
    instants = dice.sample([e["created"] for e in played.company.events], 15)
    instants += [i - 1 for i in instants[:5]]
    instants += [dice.randint(played.company.start, played.company.end) for _ in range(10)]
    names = ("mrr", "committed", "trial", "customers", "subscriptions")
    for instant in instants:
        found = lived.at(datetime.fromtimestamp(instant, timezone.utc).isoformat())
        expected = played.oracle.mrr_at(instant)
        for currency in found.keys() | expected.keys():
            row = found.get(currency, {})
            got = tuple(row.get(f"{n}_mrr" if n in ("committed", "trial") else n, 0) for n in names)
            want = tuple(expected.get(currency, {}).get(n, 0) for n in names)
            assert got == want, (instant, currency)
        count = lived.value(
            "SELECT billing.active_subscriptions(to_timestamp(%s))", instant
        )
        assert count == played.oracle.active(instant), instant


@pytest.mark.parametrize("granularity", ["week", "month", "year"])
def test_the_ledger_rows_behind_each_cell_add_up_to_it(played, lived, granularity):
    rows = lived.run(
        """SELECT period_start, currency, movement, sum(change) AS change
             FROM billing.mrr_events(%s, %s, granularity => %s, max_rows => 100000)
            GROUP BY 1, 2, 3""",
        played.first, played.last, granularity,
    )
    found = {(r["period_start"], r["currency"], r["movement"]): r["change"] for r in rows}
    names = {"new": 1, "reactivation": 1, "expansion": 1, "contraction": -1, "churned": -1}
    for row in lived.report("mrr_movements", played.first, played.last, granularity):
        for name, sign in names.items():
            key = row["period_start"], row["currency"], name
            assert found.pop(key, 0) == sign * row[f"{name}_mrr"], key
    assert all(movement is None and change == 0 for (_, _, movement), change in found.items())


def test_an_explanation_ends_in_the_mrr_of_that_instant(played, lived):
    dice = random.Random(f"explain {played.seed}")
    for timeline in dice.sample(played.oracle.timelines, 12):
        instant = dice.choice(timeline.points)[0]
        amount = lived.value(
            """SELECT amount
                 FROM billing.explain_mrr(billing.find_subscription(%s), to_timestamp(%s))
                ORDER BY step DESC LIMIT 1""",
            timeline.id, instant,
        )
        assert abs(Fraction(amount or 0) - timeline.at(instant).mrr) < CLOSE, (timeline.id, instant)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_churn_rate(played, lived, granularity):
    expected = played.predicted("churn", granularity)
    rows = lived.report("churn_rate", played.first, played.last, granularity)
    assert [r["period_start"] for r in rows] == list(expected)
    for row in rows:
        want = expected[row["period_start"]]
        customers = want.customers_at_start, want.customers_churned
        subscriptions = want.subscriptions_at_start, want.subscriptions_canceled
        assert (row["customers_at_start"], row["customers_churned"]) == customers, row
        assert (row["subscriptions_at_start"], row["subscriptions_canceled"]) == subscriptions, row
        assert row["customer_churn_rate"] == rate(*customers[::-1])
        assert row["subscription_churn_rate"] == rate(*subscriptions[::-1])


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_subscription_growth(played, lived, granularity):
    expected = played.predicted("growth", granularity)
    rows = lived.report("subscription_growth", played.first, played.last, granularity)
    found = {r["period_start"]: (r["started"], r["canceled"], r["active_at_end"]) for r in rows}
    assert found == expected
    assert all(r["net_growth"] == r["started"] - r["canceled"] for r in rows)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_revenue_trend(played, lived, granularity):
    rows = lived.report("revenue_trend", played.first, played.last, granularity)
    found = by_key(rows, "gross_revenue", "refunds", "disputes", "credit_notes", "net_revenue",
                   "invoices_paid")
    names = ("gross", "refunds", "disputes", "credit_notes", "net", "invoices_paid")
    expected = {
        key: tuple(cell[n] for n in names)
        for key, cell in played.predicted("revenue", granularity).items()
    }
    agree(found, expected, (0,) * 6)


def test_top_customers(played, lived):
    names = {
        row["id"]: row["stripe_customer_id"]
        for row in lived.run(f"SELECT id, stripe_customer_id FROM billing.customers WHERE {OWN}")
    }
    expected = played.oracle.lifetime()
    now = played.oracle.payers
    for currency in played.company.currencies:
        rows = lived.run("SELECT * FROM billing.top_customers(1000, %s)", currency)
        found = {(currency, names[r["customer_id"]]): r["lifetime_revenue"] for r in rows}
        assert found == {k: v for k, v in expected.items() if k[0] == currency}
        order = [r["lifetime_revenue"] for r in rows]
        assert order == sorted(order, reverse=True)
        for row in rows:
            payer = now.get(names[row["customer_id"]])
            steps = payer and payer.currencies.get(currency)
            want = steps.at(played.oracle.now) if steps else Fraction(0)
            assert abs(Decimal(row["mrr"]) - Decimal(float(want))) <= Decimal("0.5001")


def test_check_access_of_every_customer(played, lived):
    rows = lived.run(
        f"""SELECT c.stripe_customer_id AS customer, f.key, x.quota,
                  billing.check_access(c.id, f.key) AS allowed
             FROM billing.customers c CROSS JOIN billing.features f
                  CROSS JOIN LATERAL billing.explain_access(c.id::text, f.key) x
             WHERE c.{OWN} AND f.{OWN}"""
    )
    expected = played.oracle.access(FEATURES)
    found = {(r["customer"], r["key"]): r for r in rows}
    assert found.keys() == expected.keys()
    for key, want in expected.items():
        assert found[key]["allowed"] == want.allowed, key
        if want.allowed:
            assert found[key]["quota"] == want.quota, key


def test_verify_rollups_finds_no_difference(played, lived):
    assert lived.run("SELECT * FROM billing.verify_rollups()") == []


def test_chaos_ends_in_the_same_tables(played):
    played.in_order.choose()
    calm = dump(played.in_order)
    played.chaos.choose()
    assert differences(calm, dump(played.chaos)) == {}


def test_rebuilding_changes_nothing(played, lived):
    before = dump(lived)
    lived.run("SELECT billing.rebuild_analytics()")
    assert differences(before, dump(lived)) == {}
    assert lived.run("SELECT * FROM billing.verify_rollups()") == []
