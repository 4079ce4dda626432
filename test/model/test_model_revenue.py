"""The model counts the money of the examples of section 7."""

from datetime import date

import pytest

from . import stories
from .oracle import Oracle
from .shapes import VERSIONS
from .story import Story, at

NOW = at("2025-09-15")


@pytest.fixture(params=VERSIONS)
def told(request):
    def run(build):
        story = Story(request.param)
        build(story)
        oracle = Oracle(story.bodies(), "UTC", NOW)
        found = oracle.revenue(date(2025, 1, 1), date(2025, 9, 1), "month")
        return {
            start.month: {k: v for k, v in cell.items() if v}
            for (start, currency), cell in found.items()
            if currency == "usd"
        }

    return run


def test_g1_tax_and_balance_are_no_revenue(told):
    assert told(stories.g1) == {5: {"gross": 6000, "invoices_paid": 1, "net": 6000}}


def test_r1_each_at_its_own_date(told):
    assert told(stories.r1) == {
        5: {"gross": 12000, "invoices_paid": 1, "net": 12000},
        6: {"refunds": 3000, "net": -3000},
    }


def test_refunds_have_no_cap(told):
    may = {"gross": 10000, "refunds": 12000, "invoices_paid": 1, "net": -2000}
    assert told(stories.two_refunds) == {5: may}


def test_a_won_dispute_comes_back(told):
    assert told(stories.dispute) == {
        5: {"gross": 5000, "disputes": 5000, "invoices_paid": 1},
        7: {"disputes": -5000, "net": 5000},
    }


def test_a_credit_note_counts_what_was_paid_by_hand(told):
    found = told(stories.credit_note)
    assert found[6] == {"refunds": 2000, "credit_notes": 1000, "net": -3000}
