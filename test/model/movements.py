"""Section 5 and the counts of section 6: what happened to MRR, per customer and bucket."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from .history import PAYING, Timeline


@dataclass
class Movement:
    opening: Fraction = Fraction(0)
    new: Fraction = Fraction(0)
    reactivation: Fraction = Fraction(0)
    expansion: Fraction = Fraction(0)
    contraction: Fraction = Fraction(0)
    churned: Fraction = Fraction(0)
    closing: Fraction = Fraction(0)

    def balance(self) -> Fraction:
        gained = self.new + self.reactivation + self.expansion
        return self.opening + gained - self.contraction - self.churned - self.closing


class Steps:
    """A value over time that jumps at instants."""

    def __init__(self):
        self.deltas: dict[int, Fraction] = defaultdict(Fraction)

    def add(self, timeline: Timeline) -> None:
        last = Fraction(0)
        for instant, state in timeline.points:
            self.deltas[instant] += state.mrr - last
            last = state.mrr

    def freeze(self) -> "Steps":
        self.times, self.values, total = [], [], Fraction(0)
        for instant in sorted(t for t, d in self.deltas.items() if d):
            total += self.deltas[instant]
            self.times.append(instant)
            self.values.append(total)
        return self

    def before(self, instant) -> Fraction:
        index = bisect_left(self.times, instant)
        return self.values[index - 1] if index else Fraction(0)

    def at(self, instant) -> Fraction:
        index = bisect_right(self.times, instant)
        return self.values[index - 1] if index else Fraction(0)


@dataclass
class Payer:
    """One customer's MRR in each currency."""

    currencies: dict[str, Steps] = field(default_factory=dict)

    def total_before(self, instant) -> dict[str, Fraction]:
        return {c: steps.before(instant) for c, steps in self.currencies.items()}

    def paid_before(self, instant) -> bool:
        """Ever above 0 at some moment before the instant."""
        return any(
            value > 0 and time < instant
            for steps in self.currencies.values()
            for time, value in zip(steps.times, steps.values)
        )


def payers(timelines: list[Timeline]) -> dict[str, Payer]:
    out: dict[str, Payer] = defaultdict(Payer)
    for timeline in timelines:
        currencies = out[timeline.customer].currencies
        currencies.setdefault(timeline.currency, Steps()).add(timeline)
    for payer in out.values():
        for steps in payer.currencies.values():
            steps.freeze()
    return dict(out)


def classify(start: dict, end: dict, paid_before: bool, out: dict[str, Movement]) -> None:
    """One customer in one bucket: the class comes from all currencies together."""
    for currency, opening in start.items():
        closing = end[currency]
        cell = out[currency]
        cell.opening += opening
        cell.closing += closing
        if not any(start.values()):
            if paid_before:
                cell.reactivation += closing
            else:
                cell.new += closing
        elif not any(end.values()):
            cell.churned += opening
        elif closing > opening:
            cell.expansion += closing - opening
        else:
            cell.contraction += opening - closing


def movements(people: dict[str, Payer], opens: int, closes) -> dict[str, Movement]:
    """By currency; `closes` is the bucket's end, or just after now in the running one."""
    out: dict[str, Movement] = defaultdict(Movement)
    for payer in people.values():
        start, end = payer.total_before(opens), payer.total_before(closes)
        if any(start.values()) or any(end.values()):
            classify(start, end, payer.paid_before(opens), out)
    assert all(cell.balance() == 0 for cell in out.values())
    return out


def mrr_at(timelines: list[Timeline], instant) -> dict[str, dict]:
    """By currency: mrr, committed and trial MRR, paying customers and subscriptions."""
    out: dict[str, dict] = {}
    paying: dict[str, set] = defaultdict(set)
    for timeline in timelines:
        state = timeline.at(instant)
        names = ("mrr", "committed", "trial")
        fresh = {**dict.fromkeys(names, Fraction(0)), "subscriptions": 0}
        cell = out.setdefault(timeline.currency, fresh)
        for name in names:
            cell[name] += getattr(state, name)
        if state.mrr > 0:
            paying[timeline.currency].add(timeline.customer)
            cell["subscriptions"] += 1
    for currency, cell in out.items():
        cell["customers"] = len(paying[currency])
    return out


def active(timelines: list[Timeline], instant) -> int:
    return sum(t.at(instant).status in PAYING for t in timelines)


def active_before(timelines: list[Timeline], instant) -> list[Timeline]:
    return [t for t in timelines if t.before(instant).status in PAYING]


def first_active(timeline: Timeline):
    return next((t for t, state in timeline.points if state.status in PAYING), None)


@dataclass
class Churn:
    customers_at_start: int
    customers_churned: int
    subscriptions_at_start: int
    subscriptions_canceled: int


def churn(people: dict[str, Payer], timelines: list[Timeline], opens, closes) -> Churn:
    at_start = [p for p in people.values() if any(p.total_before(opens).values())]
    gone = [p for p in at_start if not any(p.total_before(closes).values())]
    before = active_before(timelines, opens)
    ended = [t for t in before if t.ended_at is not None and opens <= t.ended_at < closes]
    return Churn(len(at_start), len(gone), len(before), len(ended))


def growth(timelines: list[Timeline], opens, closes) -> tuple[int, int, int]:
    """started, canceled, active_at_end."""
    starts = [(first_active(t), t) for t in timelines]
    started = sum(s is not None and opens <= s < closes for s, _ in starts)
    canceled = sum(
        s is not None and t.ended_at is not None and opens <= t.ended_at < closes for s, t in starts
    )
    return started, canceled, len(active_before(timelines, closes))

