"""The whole model behind one door: what each SQL function must answer for a set of events."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from . import access as entitlements
from . import buckets, movements
from .history import deleted_customers, timelines
from .log import Log
from .parse import load
from .revenue import Ledger


def exact(value: Fraction, places: int) -> Decimal:
    """Half away from zero."""
    scaled = value * 10**places
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if scaled >= 0 else -whole).scaleb(-places)


def money(value: Fraction) -> int:
    """round(round(sum, 6), 0), half away from zero."""
    return int(exact(value, 6).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def rate(part: int, whole: int) -> Decimal | None:
    return exact(Fraction(100 * part, whole), 4) if whole else None


class Oracle:
    def __init__(self, bodies, time_zone: str, now: float):
        events = load(bodies)
        self.zone = ZoneInfo(time_zone)
        self.now = now
        self.log = Log(events)
        self.timelines = timelines(self.log, int(now))
        self.payers = movements.payers(self.timelines)
        self.ledger = Ledger(self.log)
        self.archived = set(deleted_customers(self.log))

    def buckets(self, first: date | None, last: date, granularity: str):
        """(bucket, the instant just after its last moment that counts)."""
        for one in buckets.buckets(first, last, granularity, self.zone, self.now):
            running = self.now < one.closes
            yield one, (self.now + 1 if running else one.closes), running

    def mrr(self, first, last, granularity) -> dict:
        out = {}
        for one, closes, _ in self.buckets(first, last, granularity):
            for currency, total in self.mrr_before(closes).items():
                out[one.start, currency] = (money(total), money(12 * total))
        return out

    def mrr_before(self, instant) -> dict[str, Fraction]:
        out: dict[str, Fraction] = {}
        for payer in self.payers.values():
            for currency, value in payer.total_before(instant).items():
                out[currency] = out.get(currency, Fraction(0)) + value
        return out

    def movements(self, first, last, granularity) -> dict:
        return {
            (one.start, currency): cell
            for one, closes, _ in self.buckets(first, last, granularity)
            for currency, cell in movements.movements(self.payers, one.opens, closes).items()
        }

    def churn(self, first, last, granularity) -> dict:
        return {
            one.start: movements.churn(self.payers, self.timelines, one.opens, closes)
            for one, closes, _ in self.buckets(first, last, granularity)
        }

    def growth(self, first, last, granularity) -> dict:
        return {
            one.start: movements.growth(self.timelines, one.opens, closes)
            for one, closes, _ in self.buckets(first, last, granularity)
        }

    def revenue(self, first, last, granularity) -> dict:
        out = {}
        for one, closes, _ in self.buckets(first, last, granularity):
            for currency, cell in self.ledger.totals(one.opens, closes).items():
                out[one.start, currency] = {
                    k: v if k == "invoices_paid" else money(v) for k, v in cell.items()
                }
        return out

    def mrr_at(self, instant) -> dict:
        exactly = ("mrr", "committed", "trial")
        return {
            currency: {k: money(v) if k in exactly else v for k, v in cell.items()}
            for currency, cell in movements.mrr_at(self.timelines, instant).items()
        }

    def active(self, instant) -> int:
        return movements.active(self.timelines, instant)

    def lifetime(self) -> dict:
        return {key: money(value) for key, value in self.ledger.lifetime(self.now).items()}

    def access(self, features: list) -> dict:
        customers = self.log.of("customer")
        return entitlements.access(features, self.timelines, customers, self.archived, self.now)
