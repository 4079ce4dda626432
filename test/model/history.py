"""From a set of events to each subscription's timeline: sections 1 and 3."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction

from .discounts import customer_discounts, listed, subscription_discounts
from .log import Log
from .mrr import Unresolved, discount_end, price_subscription
from .parse import currency_of, customer_of, discounts_of, ends_by_plan, items_of, subject

PAYING = ("active", "past_due")
GRANTING = ("active", "past_due", "trialing")
ENDED = ("canceled", "incomplete_expired")
NOTICES = ("customer.subscription.trial_will_end",)


@dataclass
class State:
    """One subscription at one instant."""

    status: str | None = None  # None: not there yet
    mrr: Fraction = Fraction(0)
    trial: Fraction = Fraction(0)
    committed: Fraction = Fraction(0)
    products: tuple = ()  # (product, quantity) of each item, while access lasts
    lines: tuple = ()  # (price, product, mrr) of each item, while it is in MRR


@dataclass
class Version:
    effective: int
    created: int
    body: dict
    status: str


@dataclass
class Timeline:
    id: str
    customer: str | None
    currency: str | None
    ended_at: int | None
    points: list[tuple[int, State]] = field(default_factory=list)

    def at(self, instant) -> State:
        """The state at an instant, changes of that instant included."""
        index = bisect_right(self.points, instant, key=lambda p: p[0])
        return self.points[index - 1][1] if index else State()

    def before(self, instant) -> State:
        index = bisect_right(self.points, instant, key=lambda p: p[0])
        while index and self.points[index - 1][0] >= instant:
            index -= 1
        return self.points[index - 1][1] if index else State()


class Builder:
    """Builds one subscription's timeline."""

    def __init__(self, events, catalogue, own_events, customer_changes, customer_gone):
        self.events = [e for e in events if e["type"] not in NOTICES]
        self.catalogue = catalogue
        self.own_events = own_events
        self.customer_changes = customer_changes
        self.versions = self.make_versions()
        self.end = self.find_end(customer_gone)

    def find_end(self, customer_gone: int | None) -> int | None:
        terminal = [
            subject(e).get("ended_at") or e["created"]
            for e in self.events
            if subject(e)["status"] in ENDED or e["type"].endswith(".deleted")
        ]
        return terminal[-1] if terminal else customer_gone

    def make_versions(self) -> list[Version]:
        out = []
        fetched = [e for e in self.events if e["type"] == "pg_billing.backfill"]
        if fetched:
            out.extend(backfilled(fetched[0]))
        for event in self.events:
            body = subject(event)
            start = body.get("start_date") or event["created"]
            effective = max(event["created"], start)
            if not out and body["status"] in PAYING:
                effective = start
            out.append(Version(effective, event["created"], body, body["status"]))
        return out

    def version_at(self, instant: int) -> Version | None:
        known = [v for v in self.versions if v.effective <= instant]
        return known[-1] if known else None

    def instants(self) -> list[int]:
        out = {v.effective for v in self.versions}
        out.update(e["created"] for e in self.own_events)
        out.update(t for t, _ in self.customer_changes)
        discounts = [subject(e) for e in self.own_events]
        discounts += [d for _, d in self.customer_changes if d]
        for version in self.versions:
            for holder in [version.body, *items_of(version.body)]:
                discounts += discounts_of(holder)
        for given in discounts:
            out.update(self.edges(given))
        if self.end is not None:
            out.add(self.end)
        return sorted(out)

    def edges(self, given) -> list[int]:
        try:
            discount = self.catalogue.discount(given)
            end = discount_end(discount, self.catalogue.coupon(discount))
        except Unresolved:
            return []
        return [t for t in (discount.get("start"), end) if t is not None]

    def lines(self, version: Version, instant: int):
        since, body = version.created, version.body
        general = listed(discounts_of(body), self.own_events, since, instant)
        if not any(self.is_live(d, instant) for d in general):
            general = self.of_customer(instant)
        return price_subscription(body, instant, self.catalogue, general)

    def is_live(self, given, instant: int) -> bool:
        discount = self.catalogue.discount(given)
        end = discount_end(discount, self.catalogue.coupon(discount))
        return (discount.get("start") or 0) <= instant and (end is None or instant < end)

    def of_customer(self, instant: int) -> list:
        known = [d for t, d in self.customer_changes if t <= instant]
        return [known[-1]] if known and known[-1] else []

    def state(self, instant: int, last: State) -> State:
        version = self.version_at(instant)
        if self.end is not None and instant >= self.end:
            return State("canceled")
        if version is None:
            return State()
        try:
            lines = self.lines(version, instant)
        except Unresolved:
            return State(version.status, last.mrr, last.trial, last.committed, last.products)
        return gate(version, lines)

    def timeline(self, subscription: str, now: int) -> Timeline:
        newest = self.versions[-1].body
        out = Timeline(subscription, customer_of(newest), currency_of(newest), self.end)
        last = State()
        for instant in self.instants():
            if instant <= now:
                last = self.state(instant, last)
                out.points.append((instant, last))
        return out


def backfilled(event: dict) -> list[Version]:
    """The one row at start_date that stands for a past without events."""
    body, created = subject(event), event["created"]
    start = body.get("start_date") or created
    trial_end = body.get("trial_end")
    paid = [Version(start, start, body, "active")]
    if trial_end and trial_end > start:
        paid = [Version(start, start, body, "trialing")]
        if trial_end <= created and body["status"] != "trialing":
            paid.append(Version(trial_end, trial_end, body, "active"))
    return [] if body["status"] in ("incomplete", "incomplete_expired") else paid


def gate(version: Version, lines: list) -> State:
    """Section 3: what a status lets count."""
    total = sum((line.mrr for line in lines), Fraction(0))
    behavior = (version.body.get("pause_collection") or {}).get("behavior")
    counts = version.status in PAYING and behavior not in ("void", "mark_uncollectible")
    granting = version.status in GRANTING
    ending = ends_by_plan(version.body)
    return State(
        version.status,
        total if counts else Fraction(0),
        total if version.status == "trialing" else Fraction(0),
        total if counts and not ending else Fraction(0),
        tuple((line.product, line.quantity) for line in lines) if granting else (),
        tuple((line.price, line.product, line.mrr) for line in lines) if counts else (),
    )


def deleted_customers(log: Log) -> dict[str, int]:
    return {
        customer: event["created"]
        for customer, group in log.of("customer").items()
        for event in group
        if event["type"] == "customer.deleted"
    }


def timelines(log: Log, now: int) -> list[Timeline]:
    catalogue = log.catalogue()
    own, of_customer = subscription_discounts(log), customer_discounts(log)
    gone = deleted_customers(log)
    out = []
    for subscription, events in log.of("subscription").items():
        customer = customer_of(subject(events[-1]))
        discounts = own.get(subscription, []), of_customer.get(customer, [])
        builder = Builder(events, catalogue, *discounts, gone.get(customer))
        if builder.versions:
            out.append(builder.timeline(subscription, now))
    return out
