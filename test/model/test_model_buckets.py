"""Buckets at the clock's oddities: gaps, double midnights, short and long days."""

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

from .buckets import bucket, buckets, midnight
from .story import at

NEW_YORK = ZoneInfo("America/New_York")


def utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M")


def test_a_new_york_day_of_23_and_one_of_25_hours():
    short = bucket(date(2025, 3, 9), "day", NEW_YORK)
    long = bucket(date(2025, 11, 2), "day", NEW_YORK)
    assert (short.closes - short.opens, long.closes - long.opens) == (23 * 3600, 25 * 3600)


def test_a_missing_midnight_is_the_first_instant_after_it():
    # Chile skipped from 24:00 on 2025-09-06 to 01:00 on the 7th, at 04:00Z.
    assert utc(midnight(date(2025, 9, 7), ZoneInfo("America/Santiago"))) == "2025-09-07T04:00"


def test_of_two_midnights_the_first_counts():
    # Havana turned 01:00 back to 00:00 on 2025-11-02: midnight at 04:00Z and again at 05:00Z.
    assert utc(midnight(date(2025, 11, 2), ZoneInfo("America/Havana"))) == "2025-11-02T04:00"


def test_an_evening_utc_is_the_month_before_in_new_york():
    instant = at("2025-04-01T03:30:00")
    march = bucket(date(2025, 3, 1), "month", NEW_YORK)
    assert march.opens <= instant < march.closes


def test_weeks_start_on_monday_and_quarters_in_january():
    zone = ZoneInfo("UTC")
    now = at("2026-01-01")
    first = buckets(date(2025, 6, 4), date(2025, 6, 9), "week", zone, now)
    assert [b.start for b in first] == [date(2025, 6, 2), date(2025, 6, 9)]
    last = buckets(None, date(2025, 6, 9), "quarter", zone, now)
    assert (len(last), last[0].start, last[-1].start) == (12, date(2022, 7, 1), date(2025, 4, 1))
