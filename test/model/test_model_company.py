"""The model finds in a company's events what truly happened, in whatever order they come."""

from datetime import date

import pytest

from .company import Company
from .oracle import Oracle
from .shapes import VERSIONS

NOW = 1770000000
ENDED = ("canceled", "incomplete_expired")
GRANTING = ("active", "past_due", "trialing")


@pytest.fixture(scope="module", params=range(8))
def company(request):
    return Company(request.param, 40)


def last_at(notes: list, instant: int):
    known = [n for n in sorted(notes, key=lambda n: n[0]) if n[0] <= instant]
    return known[-1] if known else (instant, None, [])


def test_every_status_and_plan_is_the_true_one(company):
    oracle = Oracle(company.chaos(), "UTC", NOW)
    found = {t.id: t for t in oracle.timelines}
    for name, notes in company.truth.items():
        for when, _, _ in notes:
            for instant in (when - 1, when, when + 1):
                _, status, parts = last_at(notes, instant)
                state = found[name].at(instant)
                assert state.status == ("canceled" if status in ENDED else status), name
                held = sorted((p, int(q)) for p, q in state.products)
                assert held == (parts if status in GRANTING else []), name


def test_arrival_changes_nothing(company):
    first, last = date(2023, 1, 1), date(2026, 1, 31)
    forth = Oracle(company.in_order(), "America/New_York", NOW)
    back = Oracle(company.chaos(), "America/New_York", NOW)
    for report in ("mrr", "movements", "churn", "growth", "revenue"):
        for granularity in ("day", "week", "month", "quarter", "year"):
            one = getattr(forth, report)(first, last, granularity)
            assert one == getattr(back, report)(first, last, granularity)


def test_the_shape_changes_no_number():
    """The same company told in each version."""
    found = []
    for version in VERSIONS:
        told = Company("one shape", 40, versions=[version])
        oracle = Oracle(told.in_order(), "UTC", NOW)
        found.append([
            getattr(oracle, report)(date(2024, 1, 1), date(2025, 12, 31), "month")
            for report in ("mrr", "movements", "churn", "growth", "revenue")
        ])
    assert found[0][0] and all(one == found[0] for one in found)
