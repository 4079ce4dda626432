"""Quota periods: counted from an anchor in UTC, the day clamped each time anew (E3)."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


def boundary(anchor: datetime, interval: str, count: int) -> datetime:
    """The start of period number `count`; number 0 starts at the anchor."""
    if interval in DAYS:
        return anchor + timedelta(days=DAYS[interval] * count)
    months = anchor.year * 12 + anchor.month - 1 + MONTHS[interval] * count
    year, month = divmod(months, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def period(anchor: datetime, interval: str, at: datetime) -> tuple[datetime, datetime]:
    """[start, end) of the period that holds `at`, before the anchor too."""
    if interval in DAYS:
        count = (at - anchor) // timedelta(days=DAYS[interval])
    else:
        count = ((at.year - anchor.year) * 12 + at.month - anchor.month) // MONTHS[interval]
    while boundary(anchor, interval, count) > at:
        count -= 1
    while boundary(anchor, interval, count + 1) <= at:
        count += 1
    return boundary(anchor, interval, count), boundary(anchor, interval, count + 1)
