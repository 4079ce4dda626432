"""The model classifies the examples of metrics.md about time and movements."""

from datetime import date
from fractions import Fraction

import pytest

from . import stories
from .oracle import Oracle
from .shapes import VERSIONS
from .story import Story, at

NOW = at("2025-09-15")
NAMES = ("opening", "new", "reactivation", "expansion", "contraction", "churned", "closing")


@pytest.fixture(params=VERSIONS)
def tell(request):
    def run(build, time_zone="UTC", *more):
        story = Story(request.param)
        build(story, *more)
        return Oracle(story.bodies(), time_zone, NOW)

    return run


def months(oracle: Oracle, currency: str = "usd", granularity: str = "month") -> dict:
    """What moved: month -> the movements other than opening and closing."""
    out = {}
    cells = oracle.movements(date(2025, 1, 1), date(2025, 9, 15), granularity)
    for (start, of), cell in cells.items():
        moved = {n: getattr(cell, n) for n in NAMES[1:-1] if getattr(cell, n)}
        if of == currency and moved:
            out[start.isoformat()[5:7] if granularity == "month" else start.isoformat()] = moved
    return out


def test_r0_a_late_snapshot_splits_the_movement(tell):
    assert months(tell(stories.r0)) == {
        "01": {"new": 5000},
        "02": {"expansion": 1000},
        "03": {"expansion": 2000},
    }


def test_t0_a_trial_pays_when_an_event_says_so(tell):
    oracle = tell(stories.t0)
    assert months(oracle) == {"07": {"new": 5000}}
    assert oracle.mrr_at(at("2025-06-30"))["usd"]["trial"] == 5000
    assert oracle.mrr_at(at("2025-07-01T00:10:00"))["usd"]["mrr"] == 0


def test_b1_an_import_counts_from_its_start(tell):
    oracle = tell(stories.b1)
    assert oracle.mrr_at(at("2024-01-05"))["usd"]["mrr"] == 8000
    assert oracle.mrr_at(at("2024-01-05") - 1)["usd"]["mrr"] == 0


def test_m22_a_repeating_discount_ends_by_time_alone(tell):
    oracle = tell(stories.m22)
    assert months(oracle) == {"01": {"new": 5000}, "04": {"expansion": 5000}}


@pytest.mark.parametrize("end", [None, "2025-07-01"])
@pytest.mark.parametrize("zone, month", [("UTC", "07"), ("America/New_York", "06")])
def test_m22b_the_edge_falls_into_the_local_month(tell, zone, month, end):
    oracle = tell(stories.m22, zone, "2025-04-01", end)
    assert months(oracle)[month] == {"expansion": 5000}


def test_m22b_months_are_added_with_the_day_clamped(tell):
    oracle = tell(stories.m22, "UTC", "2024-11-30")
    assert oracle.mrr_at(at("2025-02-28") - 1)["usd"]["mrr"] == 5000
    assert oracle.mrr_at(at("2025-02-28"))["usd"]["mrr"] == 10000


def test_s1_a_requested_end_churns_when_it_comes(tell):
    oracle = tell(stories.s1)
    before = oracle.mrr_at(at("2025-06-30"))["usd"]
    assert (before["mrr"], before["committed"]) == (5000, 0)
    assert months(oracle)["07"] == {"churned": 5000}


def test_s5_a_gap_across_two_months(tell):
    assert months(tell(stories.s5)) == {"08": {"reactivation": 5000}}


def test_v1_the_movements_of_one_customer(tell):
    moved = months(tell(stories.v1))
    assert moved == {
        "01": {"new": Fraction(50000, 3)},
        "02": {"expansion": 6000},
        "03": {"contraction": 6000},
        "04": {"churned": Fraction(50000, 3)},
        "05": {"reactivation": 15000},
    }


def test_v2_v3_v5(tell):
    assert months(tell(stories.v2))["02"] == {"contraction": 2000}
    assert months(tell(stories.v3), granularity="day")["2025-06-16"] == {"expansion": 3000}
    assert months(tell(stories.v5)) == {}


def test_v6_every_kind_at_once(tell):
    oracle = tell(stories.v6)
    cell = oracle.movements(date(2025, 6, 1), date(2025, 6, 30), "month")[date(2025, 6, 1), "usd"]
    told = tuple(getattr(cell, name) for name in NAMES)
    assert told == (100000, 20000, 2000, 8000, 5000, 10000, 115000)
    assert oracle.mrr_at(at("2025-06-30"))["usd"]["customers"] == 23


def test_c1_customer_churn(tell):
    found = tell(stories.c1).churn(date(2025, 6, 1), date(2025, 6, 1), "month")[date(2025, 6, 1)]
    assert (found.customers_at_start, found.customers_churned) == (100, 10)


def test_a_switch_of_currency_is_no_churn(tell):
    oracle = tell(stories.currency_switch)
    assert months(oracle, "usd")["06"] == {"contraction": 5000}
    assert months(oracle, "eur")["06"] == {"expansion": 4600}
    assert oracle.churn(date(2025, 6, 1), date(2025, 6, 1), "month")[date(2025, 6, 1)] \
        .customers_churned == 0


def test_a_bucket_edge_splits_a_gap_of_one_second(tell):
    moved = months(tell(stories.edge_gap))
    assert (moved["06"], moved["07"]) == ({"churned": 5000}, {"reactivation": 5000})


def test_the_last_snapshot_of_a_second_counts(tell):
    assert months(tell(stories.one_second)) == {"06": {"new": 8000}}


def test_counts_of_section_6(tell):
    found = tell(stories.counts).growth(date(2025, 6, 1), date(2025, 7, 31), "month")
    assert found == {date(2025, 6, 1): (1, 0, 1), date(2025, 7, 1): (2, 1, 2)}


def test_a_failing_card_churns_when_stripe_gives_up(tell):
    moved = months(tell(stories.failing_card))
    assert moved == {
        "05": {"new": 5000},
        "06": {"churned": 5000},
        "07": {"reactivation": 5000},
    }
