"""Half-open buckets of local time, as instants in UTC seconds (section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

GRANULARITIES = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Bucket:
    start: date
    opens: int
    closes: int  # the next bucket's opens


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first instant of a local day: after a gap, or the first of two midnights."""
    local = datetime(day.year, day.month, day.day, tzinfo=zone, fold=0)
    instant = int(local.timestamp())
    back = datetime.fromtimestamp(instant, zone).replace(tzinfo=None)
    if back == local.replace(tzinfo=None):
        return instant
    return after_gap(instant, zone)


def after_gap(near: int, zone: ZoneInfo) -> int:
    """The instant at which the clock jumped over a midnight."""
    low, high = near - 86400, near + 86400

    def offset(t: int) -> timedelta:
        return datetime.fromtimestamp(t, zone).utcoffset()

    before = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return high


def floor(day: date, granularity: str) -> date:
    if granularity == "week":
        return day - timedelta(days=day.weekday())
    if granularity == "month":
        return day.replace(day=1)
    if granularity == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if granularity == "year":
        return day.replace(month=1, day=1)
    return day


def step(start: date, granularity: str, count: int = 1) -> date:
    if granularity in ("day", "week"):
        return start + timedelta(days=count * (7 if granularity == "week" else 1))
    months = {"month": 1, "quarter": 3, "year": 12}[granularity] * count
    index = start.year * 12 + start.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def local_day(instant, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant, timezone.utc).astimezone(zone).date()


def bucket(start: date, granularity: str, zone: ZoneInfo) -> Bucket:
    return Bucket(start, midnight(start, zone), midnight(step(start, granularity), zone))


def buckets(first: date | None, last: date, granularity: str, zone: ZoneInfo, now: float):
    """Each bucket that holds a day of [first, last] and has begun."""
    end = floor(last, granularity)
    at = step(end, granularity, -11) if first is None else floor(first, granularity)
    out = []
    while at <= end:
        one = bucket(at, granularity, zone)
        if one.opens <= now:
            out.append(one)
        at = step(at, granularity)
    return out
