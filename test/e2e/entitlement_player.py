"""Plays the steps of a history against a server, and says where it answers otherwise."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg2
from entitlement_steps import FEATURES, METERED, PRODUCTS, Step, perform
from model import emit
from model import objects as o
from model.shapes import VERSIONS
from model.usage import Metered
from organization import Organization

EXPLAINED = ("allowed", "reason", "kind", "quota", "used", "remaining", "overage", "resets_at",
             "value")
AHEAD = (timedelta(hours=3), timedelta(days=9), timedelta(days=100))
CODES = ("validation_failed", "not_found", "conflict", "idempotency_conflict")


class Difference(AssertionError):
    """The server and the model answer differently; `kind` says in what, without the instance."""

    def __init__(self, kind: str, where: str, expected, got):
        names = ""
        if isinstance(expected, dict) and isinstance(got, dict):
            names = ", ".join(n for n in expected if expected[n] != got.get(n))
        self.kind = f"{kind} {names}"
        super().__init__(f"{kind}{where}: {names}\n  expected {expected}\n  got      {got}")


def seconds(at: datetime) -> int:
    return int(at.timestamp())


@dataclass
class Player:
    """One history in an organization of its own, on one connection."""

    cluster: object
    organization: Organization
    seed: int
    products: dict[str | None, str | None] = field(default_factory=lambda: {None: None})
    ids: dict[str, str | None] = field(default_factory=dict)
    first_ids: dict[str, str] = field(default_factory=dict)  # of customers, before any became another
    created: dict[str, int] = field(default_factory=dict)
    world: Metered | None = None
    compared: int = 0

    def play(self, steps: list[Step]) -> None:
        self.world = Metered(steps[0].at)
        self.version = VERSIONS[self.seed % len(VERSIONS)]
        self.events = 0
        self.emitter = emit.Emitter(None)
        for number, step in enumerate(steps):
            self.cluster.move(step.at)
            if number == 0:
                self.prepare(seconds(step.at))
            got = getattr(self, step.op)(**step.args)
            expected = self.predict(step)
            self.differ(step.op, f" {step}", expected, got)
            self.compare(step)
        self.differ("verify_usage", "()", [],
                    self.organization.run("SELECT * FROM billing.verify_usage()"))

    def predict(self, step: Step):
        id = self.ids.get(step.args.get("name"))
        answer = perform(self.world, step, id and str(id))
        answers = step.op in ("track", "settle_hold", "reserve") or isinstance(answer, str)
        return answer if answers else None

    # -- the events of Stripe

    def send(self, kind: str, thing, created: int) -> None:
        self.events += 1
        body = emit.render(thing, self.version)
        one = emit.event(f"evt_{self.events:08d}", kind, created, body, self.version)
        self.organization.feed([emit.text(one)])

    def prepare(self, now: int) -> None:
        for name in PRODUCTS:
            self.products[name] = self.organization.value(
                "SELECT billing.create_product(%s, '{}', %s)", name, name)
            self.send("price.created", self.price(name), now)

    @staticmethod
    def price(product: str) -> o.Price:
        return o.Price(f"price_{product}", product, 1000)

    def customer(self, name: str) -> None:
        now = self.created[name] = seconds(self.cluster.instant)
        self.send("customer.created", o.Customer(name, created=now), now)
        self.first_ids[name] = self.id_of(name)

    def archive(self, customer: str) -> None:
        now = seconds(self.cluster.instant)
        one = o.Customer(customer, created=self.created[customer], deleted=True)
        self.send("customer.deleted", one, now)

    def merge(self, keep: str, gone: str) -> str | None:
        answer = self.call("merge_customers", self.first_ids[keep], self.first_ids[gone])
        return answer if answer in CODES else None

    def subscription(self, customer: str, name: str, status: str, items: list, anchor: datetime,
                     period_start: datetime, period_end: datetime) -> None:
        now = seconds(self.cluster.instant)
        parts = [o.Item(f"si_{name}_{product}", self.price(product), quantity)
                 for product, quantity in items]
        one = o.Subscription(name, customer, status=status, items=parts, created=seconds(anchor),
                             start_date=seconds(anchor), period_start=seconds(period_start),
                             period_end=seconds(period_end))
        kind = "updated" if name in self.ids else "created"
        self.ids[name] = None
        if status == "canceled":
            kind, one.ended_at, one.canceled_at = "deleted", now, now
        self.send(f"customer.subscription.{kind}", one, now)
        self.ids[name] = self.organization.value("SELECT billing.find_subscription(%s)", name)

    # -- the functions

    def call(self, name: str, *arguments, **named):
        """The answer's only column, or its columns, or the code of its error."""
        marks = ["%s"] * len(arguments) + [f"{key} => %s" for key in named]
        try:
            rows = self.organization.run(
                f"SELECT * FROM billing.{name}({', '.join(marks)})", *arguments, *named.values())
        except psycopg2.Error as error:
            if not (error.diag.message_detail or "").startswith("{"):
                raise
            return json.loads(error.diag.message_detail)["code"]
        return next(iter(rows[0].values())) if len(rows[0]) == 1 else rows[0]

    def must(self, name: str, *arguments):
        """A call that no error is an answer to."""
        answer = self.call(name, *arguments)
        assert answer not in CODES, (name, answer)
        return answer

    def make(self, name: str, function: str, *arguments) -> str | None:
        """A row made by hand, known by this name; or the code of the error."""
        answer = self.call(function, *arguments)
        if answer in CODES:
            return answer
        self.ids[name] = answer
        return None

    def id_of(self, customer: str) -> str:
        return self.organization.value("SELECT billing.find_customer(%s)", customer)

    def feature(self, key: str, kind: str) -> None:
        self.must("create_feature", key, key.title(), kind)

    def attach(self, product, feature: str, quota, reset, value=None, overage="reject",
               per_seat=False) -> None:
        value = None if value is None else json.dumps(value)
        self.must("attach_feature", self.products[product], feature, quota, reset, overage,
                  value, per_seat)

    def detach(self, product, feature: str) -> None:
        self.must("detach_feature", self.products[product], feature)

    def track(self, customer: str, feature: str, quantity: int, key: str | None):
        who = self.id_of(customer) if quantity % 2 else customer
        return self.call("track_usage", who, feature, quantity, key)

    def rollback(self, customer: str, feature: str, quantity: int) -> None:
        self.organization.run("BEGIN")
        self.call("track_usage", customer, feature, quantity)
        self.organization.run("ROLLBACK")

    def grant(self, customer: str, feature: str, name: str, quota=None, expires=None,
              priority=100, rollover=None, subscription=None, value=None, reset=None) -> None:
        return self.make(
            name, "grant_feature", self.id_of(customer), feature, quota, expires, priority, rollover,
            self.ids.get(subscription), None if value is None else json.dumps(value), reset)

    def top_up(self, customer: str, feature: str, name: str, quota=None, expires=None,
               priority=100) -> None:
        return self.make(
            name, "top_up", self.id_of(customer), feature, quota, expires, priority)

    def block(self, customer: str, feature: str, name: str) -> None:
        return self.make(name, "block_feature", self.id_of(customer), feature)

    def revoke(self, customer: str, name: str) -> None:
        if name in self.ids:
            self.must("revoke_grant", self.ids[name])

    def reserve(self, customer: str, feature: str, name: str, quantity: int, ttl) -> bool:
        self.ids[name] = self.call("reserve_usage", self.id_of(customer), feature, quantity, ttl)
        return self.ids[name] is not None

    def settle_hold(self, customer: str, name: str, actual: int):
        if self.ids.get(name) is None:
            return None
        return self.call("settle_usage", self.ids[name], actual)

    def set_cost(self, credit: str, feature: str, cost) -> None:
        self.must("set_credit_cost", credit, feature, cost)

    def set_limits(self, how: str) -> None:
        self.must("set_analytics", json.dumps({"limits": how}))

    def look(self) -> None:
        pass

    # -- what is compared after each step

    def compare(self, step: Step) -> None:
        """Whom the step concerns; time passes for the others as well, so they come now and then."""
        whose = step.args.get("customer")
        self.compared += 1
        for customer in [whose] if whose and self.compared % 4 else self.world.customers:
            self.compare_entitlements(customer)
            self.compare_quantities(customer)
            self.compare_usage(customer)
            self.compare_grants(customer)
            if step.op == "look":
                self.compare_ahead(customer)

    @staticmethod
    def differ(kind: str, where: str, expected, got) -> None:
        if got != expected:
            raise Difference(kind, where, expected, got)

    def compare_entitlements(self, customer: str) -> None:
        rows = self.organization.run("SELECT * FROM billing.entitlements(%s)", customer)
        found = {r["feature_key"]: {n: r[n] for n in EXPLAINED} for r in rows}
        for feature in self.world.features:
            expected = self.world.explain(customer, feature)
            self.differ("entitlements", f"({customer}) {feature}", expected, found.get(feature))
        self.differ("entitlements", "'s features", sorted(self.world.features), sorted(found))

    def asked(self, customer: str, feature: str) -> list[int]:
        left = self.world.explain(customer, feature)["remaining"] or 0
        return sorted({0, 1, left, left + 1, 10**6})

    def compare_quantities(self, customer: str) -> None:
        asked = [(f, q) for f in self.world.features if FEATURES[f] == "metered"
                 for q in self.asked(customer, f)]
        if not asked:
            return
        rows = self.organization.run(
            """SELECT q.feature, q.quantity, x.allowed, x.reason,
                      billing.check_access(%s::text, q.feature, q.quantity) AS by_name,
                      billing.check_access(c.id, q.feature, q.quantity) AS by_id
                 FROM (SELECT billing.find_customer(%s) AS id) c,
                      unnest(%s::text[], %s::bigint[]) AS q (feature, quantity),
                      billing.explain_access(%s, q.feature, quantity => q.quantity) x""",
            customer, customer, [a[0] for a in asked], [a[1] for a in asked], customer,
        )
        for row in rows:
            want = self.world.explain(customer, row["feature"], row["quantity"])
            self.differ(
                "access", f" of {customer} to {row['quantity']} of {row['feature']}",
                (want["allowed"], want["reason"], want["allowed"], want["allowed"]),
                (row["allowed"], row["reason"], row["by_name"], row["by_id"]),
            )

    def compare_usage(self, customer: str) -> None:
        features = [f for f in METERED if f in self.world.features]
        rows = self.organization.run(
            """SELECT q.feature, u.*
                 FROM unnest(%s::text[]) AS q (feature), billing.get_usage(%s, q.feature) u""",
            features, customer,
        )
        for row in rows:
            feature = row.pop("feature")
            self.differ("get_usage", f"({customer}, {feature})",
                        self.world.usage(customer, feature), row)

    def compare_grants(self, customer: str) -> None:
        names = ("what", "quota", "carried", "used", "remaining", "resets_at")
        rows = self.organization.run("SELECT * FROM billing.list_grants(%s)", customer)
        found = {r["grant_id"]: {n: r[n] for n in names} for r in rows}
        for row, balances in self.world.grants(customer):
            got = found.get(self.ids[row.name]) or {}
            self.differ("list_grants", f"({customer}) {row.name}", balances,
                        {n: got.get(n) for n in balances})

    def compare_ahead(self, customer: str) -> None:
        """What will be if nothing more happens."""
        for ahead in AHEAD:
            later = copy.deepcopy(self.world)
            later.go(self.world.now + ahead)
            for feature in later.features:
                row = self.call("explain_access", customer, feature, later.now, 3)
                self.differ("looking ahead", f" to {later.now}: 3 of {feature} for {customer}",
                            later.explain(customer, feature, 3), {n: row[n] for n in EXPLAINED})
