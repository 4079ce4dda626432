"""Random histories of what customers hold and use: a list of steps, made by a seed.

Each step says all it needs (its instant, names, whole snapshots), so that a history from which
some were dropped can still be played.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from model.customer_state import Subscription
from model.periods import boundary
from model.usage import Metered, Refused

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
FEATURES = {
    "api": "metered", "mail": "metered", "seats": "metered", "tokens": "metered",
    "ai": "metered", "sso": "boolean", "tier": "static",
}
METERED = [key for key, kind in FEATURES.items() if kind == "metered"]
BASES = ("prod_basic", "prod_pro", "prod_team")
PACK = "prod_pack"  # an item beside a base: gives seats and nothing that a base gives
PRODUCTS = (*BASES, PACK)
CUSTOMERS = ("cus_ada", "cus_bob")
OTHERS = ("cus_cleo",)  # where customers become one
RESETS = ("day", "week", "month", "month", "year", "billing_period", "never")


@dataclass
class Step:
    at: datetime
    op: str
    args: dict = field(default_factory=dict)

    @property
    def founds(self) -> bool:
        """Nothing else makes sense without it."""
        return self.op in ("feature", "customer")

    def __str__(self) -> str:
        told = (f"{name}={plain(value)}" for name, value in self.args.items() if value is not None)
        return f"{plain(self.at)} {self.op} {' '.join(told)}"


def plain(value) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%S}" if isinstance(value, datetime) else str(value)


def perform(world: Metered, step: Step, id: str | None = None):
    """The step in the model: its answer, or the code of its error."""
    args = dict(step.args)
    if step.at != world.now:
        world.go(step.at)
    try:
        if step.op == "feature":
            world.features[args["key"]] = args["kind"]
            return None
        if step.op == "subscription":
            return world.subscription(args.pop("customer"), Subscription(**args))
        if step.op in ("grant", "top_up"):
            return getattr(world, step.op)(id=id or "", **args)
        if step.op in ("look", "rollback"):
            return None
        return getattr(world, step.op)(**args)
    except Refused as refused:
        return str(refused)


class History:
    """Writes steps and lives through them in the model, so that it asks what matters."""

    def __init__(self, seed: int, length: int = 50, limits: bool = False, merges: bool = False):
        self.limits, self.merges = limits, merges
        self.customers = CUSTOMERS + OTHERS if merges else CUSTOMERS
        self.payers: dict[str, str] = {}  # whom Stripe bills for a subscription, whoever that is by now
        self.dice = random.Random(f"entitlements {seed}")
        start = datetime(2024, 1, 1, tzinfo=timezone.utc)
        self.now = start + timedelta(seconds=self.dice.randrange(730 * 86400))
        self.world = Metered(self.now)
        self.steps: list[Step] = []
        self.names = iter(range(1, 10**6))
        self.found()
        for _ in range(length):
            self.advance()
            self.something()

    def add(self, op: str, **args) -> None:
        step = Step(self.now, op, args)
        self.steps.append(step)
        perform(self.world, step)

    def name(self, prefix: str) -> str:
        return f"{prefix}{next(self.names)}"

    # -- the catalogue and the customers

    def found(self) -> None:
        for key, kind in FEATURES.items():
            self.add("feature", key=key, kind=kind)
        for product in BASES:
            for feature in ("api", "mail", "tokens", "ai", "sso", "tier"):
                if self.dice.random() < 0.5:
                    self.attach(product, feature)
        self.attach(PACK, "seats", per_seat=True)
        for feature in ("api", "sso", "tokens"):
            if self.dice.random() < 0.4:
                self.attach(None, feature)
        self.cost()
        for name in self.customers:
            self.now += SECOND
            self.add("customer", name=name)
            self.now += SECOND
            if self.dice.random() < 0.7:
                self.subscribe(name)

    def attach(self, product: str | None, feature: str, per_seat: bool = False) -> None:
        dice = self.dice
        terms = {"reset": "month", "value": None, "quota": None}
        if FEATURES[feature] == "metered":
            resets = [r for r in RESETS if product or r != "billing_period"]
            terms = {
                "quota": dice.choice((None, 0, 1, 5, 10, 20, 50, 100)),
                "reset": dice.choice(resets),
                "overage": dice.choice(("reject", "reject", "cap", "allow")),
                "per_seat": bool(product) and (per_seat or dice.random() < 0.3),
            }
        elif FEATURES[feature] == "static":
            terms["value"] = dice.choice(("bronze", "silver", "gold"))
        self.add("attach", product=product, feature=feature, **terms)

    # -- time

    def advance(self) -> None:
        dice = self.dice
        step = dice.choices(
            (0, dice.randint(1, 600), dice.randint(600, 86400), dice.randint(1, 12) * 86400,
             dice.randint(20, 70) * 86400 + dice.randint(0, 86400)),
            (15, 25, 25, 25, 10),
        )[0]
        to = self.now + timedelta(seconds=step)
        marks = self.marks()
        if marks and dice.random() < 0.35:
            to = dice.choice(marks[:4]) + dice.choice((-1, 0, 0, 1)) * SECOND
        to = max(to, self.now)
        self.renew(to)
        self.now = to

    def marks(self) -> list[datetime]:
        """Instants ahead at which time alone changes something."""
        out = set()
        for one in self.world.customers.values():
            out |= {p.end for p in one.pools.values()}
            out |= {t for r in one.overrides if r.balance for t in (r.balance.end, r.expires)}
            out |= {h.expires for h in one.holds.values()}
        soon, far = self.now + SECOND, self.now + self.dice.choice((70, 70, 370)) * DAY
        return sorted(t for t in out if t is not None and soon < t < far)

    def renew(self, to: datetime) -> None:
        """Stripe tells of each new billing period the moment that it starts."""
        while True:
            due = [
                (s.period_end, c.name, s)
                for c in self.world.customers.values() for s in c.subscriptions.values()
                if s.status != "canceled" and s.period_end <= to
            ]
            if not due:
                return
            self.now, customer, one = min(due, key=lambda d: d[:2])
            self.snapshot(customer, one)

    # -- subscriptions

    def snapshot(self, customer: str, one: Subscription, **changes) -> None:
        fields = {**vars(one), "items": list(one.items), **changes}
        start, k = fields["anchor"], 0
        while boundary(start, "month", k + 1) <= self.now:
            k += 1
        fields["period_start"] = boundary(start, "month", k)
        fields["period_end"] = boundary(start, "month", k + 1)
        payer = self.payers.setdefault(one.name, customer)
        self.add("subscription", customer=payer, **fields)

    def items(self) -> list[tuple[str, int]]:
        out = [(self.dice.choice(BASES), self.dice.choice((1, 1, 2, 3)))]
        if self.dice.random() < 0.4:
            out.append((PACK, self.dice.randint(1, 4)))
        return out

    def subscribe(self, customer: str) -> None:
        status = self.dice.choice(("active", "active", "trialing", "incomplete"))
        one = Subscription(self.name("sub_"), self.now, self.now, self.now, status)
        self.snapshot(customer, one, items=self.items())

    def subscriptions(self, customer: str) -> list[Subscription]:
        known = self.world.customers[customer].subscriptions.values()
        return [s for s in known if s.status != "canceled"]

    def change(self, customer: str) -> None:
        known = self.subscriptions(customer)
        if not known:
            return self.subscribe(customer)
        one, dice = dice_pick(self.dice, known), self.dice
        what = dice.choice(("quantity", "items", "status", "status", "end"))
        if what == "quantity":
            items = [(p, dice.randint(1, 4)) for p, _ in one.items]
            return self.snapshot(customer, one, items=items)
        if what == "items":
            return self.snapshot(customer, one, items=self.items())
        states = ("canceled",) if what == "end" else ("active", "active", "past_due", "unpaid")
        self.snapshot(customer, one, status=dice.choice(states))

    # -- everything else

    def something(self) -> None:
        if self.limits and self.dice.random() < 0.15:
            self.add("set_limits", how=self.dice.choice(("max", "max", "sum")))
            return
        if self.merges and self.dice.random() < 0.07:
            return self.merge()
        op = self.chosen({
            "track": 40, "give_back": 8, "retry": 5, "rollback": 3, "change": 10, "subscribe": 5,
            "edit": 6, "detach": 2, "grant": 9, "top_up": 6, "block": 2, "revoke": 5, "reserve": 7,
            "settle_hold": 15, "set_cost": 3, "archive": 0.4, "look": 5,
        })
        customer = self.dice.choice(self.customers)
        if op in ("change", "subscribe", "archive"):
            self.now += SECOND  # one event a second: no two of one instant
        if self.limits and op == "change" and self.dice.random() < 0.4:
            op = "subscribe"  # of several subscriptions this is about
        if op == "subscribe" and len(self.subscriptions(customer)) > 2:
            op = "change"
        getattr(self, op)(customer)

    def chosen(self, weights: dict[str, float]) -> str:
        return self.dice.choices(list(weights), list(weights.values()))[0]

    def look(self, customer: str) -> None:
        self.add("look")

    def metered(self, customer: str) -> str:
        """A metered feature, more often one that the customer holds."""
        held = [f for f in METERED if self.world.explain(customer, f)["quota"] != 0]
        return self.dice.choice(held if held and self.dice.random() < 0.8 else METERED)

    def amount(self, customer: str, feature: str) -> int:
        left = self.world.explain(customer, feature)["remaining"]
        return max(1, self.dice.choice((1, 2, self.dice.randint(1, 30), left or 7, (left or 0) + 1)))

    def track(self, customer: str, sign: int = 1, feature: str | None = None) -> None:
        feature = feature or self.metered(customer)
        quantity = sign * self.amount(customer, feature)
        key = self.name("key") if self.dice.random() < 0.4 else None
        self.add("track", customer=customer, feature=feature, quantity=quantity, key=key)

    def give_back(self, customer: str) -> None:
        self.track(customer, -1)

    def retry(self, customer: str) -> None:
        known = list(self.world.customers[customer].answers.items())
        if known:
            (feature, key), (quantity, _) = self.dice.choice(known)
            quantity += self.dice.choice((0, 0, 0, 1))
            self.add("track", customer=customer, feature=feature, quantity=quantity, key=key)

    def rollback(self, customer: str) -> None:
        feature = self.metered(customer)
        self.add("rollback", customer=customer, feature=feature,
                 quantity=self.amount(customer, feature))

    def edit(self, customer: str) -> None:
        product = self.dice.choice((*BASES, *BASES, None))
        self.attach(product, self.dice.choice([f for f in FEATURES if f != "seats"]))

    def detach(self, customer: str) -> None:
        rows = [(p, f) for p, rows in self.world.plans.items() for f in rows if f != "seats"]
        if rows:
            product, feature = self.dice.choice(rows)
            self.add("detach", product=product, feature=feature)

    def grant(self, customer: str, op: str = "grant", feature: str | None = None) -> None:
        dice = self.dice
        feature = feature or dice.choice(list(FEATURES) if op == "grant" else METERED)
        terms = {"priority": dice.choice((100, 100, 1, 50, 200))}
        if FEATURES[feature] == "metered":
            terms["quota"] = dice.choice((None, 1, 5, 10, 20, 50))
        if dice.random() < 0.5:
            seconds = dice.choice((60, 3600, 86400, 10 * 86400, 45 * 86400))
            terms["expires"] = self.now + timedelta(seconds=seconds)
        if op == "grant":
            if FEATURES[feature] == "static":
                terms["value"] = dice.choice(("platinum", "steel"))
            held = self.subscriptions(customer)
            if held and dice.random() < 0.4:
                terms["subscription"] = dice_pick(dice, held).name
            if FEATURES[feature] == "metered" and dice.random() < 0.5:
                resets = [r for r in RESETS if r != "never"]
                resets = [r for r in resets if r != "billing_period" or "subscription" in terms]
                terms["reset"] = dice.choice(resets)
                if terms["quota"] is not None:
                    terms["rollover"] = dice.choice((None, 0, 3, 10, 100))
        self.add(op, customer=customer, feature=feature, name=self.name("g"), **terms)

    def top_up(self, customer: str, feature: str | None = None) -> None:
        self.grant(customer, "top_up", feature)

    def block(self, customer: str) -> None:
        self.add("block", customer=customer, feature=self.dice.choice(list(FEATURES)),
                 name=self.name("b"))

    def revoke(self, customer: str) -> None:
        rows = self.world.customers[customer].overrides
        open_rows = [r for r in rows if r.open(self.now)]
        # A block is lifted soon, or nothing else would ever be seen.
        blocks = [r for r in open_rows if r.kind == "block"]
        if open_rows:
            self.add("revoke", customer=customer, name=self.dice.choice(blocks or open_rows).name)

    def reserve(self, customer: str, feature: str | None = None) -> None:
        feature = feature or self.metered(customer)
        ttl = timedelta(seconds=self.dice.choice((1, 600, 7200, 5 * 86400)))
        self.add("reserve", customer=customer, feature=feature, name=self.name("h"),
                 quantity=self.amount(customer, feature), ttl=ttl)

    def settle_hold(self, customer: str) -> None:
        holds = list(self.world.customers[customer].holds.values())
        if holds:
            one = self.dice.choice(holds[-3:])
            actual = self.dice.choice((0, one.quantity, max(1, one.quantity // 2), one.quantity + 1))
            if one.actual is not None and self.dice.random() < 0.7:
                actual = one.actual
            self.add("settle_hold", customer=customer, name=one.name, actual=actual)

    def cost(self) -> None:
        cost = self.dice.choice(("1", "3", "0.3", "2.5", "0.000001", None))
        self.add("set_cost", credit="tokens", feature="ai", cost=cost)

    def set_cost(self, customer: str) -> None:
        self.cost()

    def archive(self, customer: str) -> None:
        self.add("archive", customer=customer)

    def merge(self) -> None:
        """Any two, also where that is refused or has been done."""
        keep, gone = self.dice.sample(self.customers, 2)
        if self.dice.random() < 0.1:
            self.now += SECOND
            self.archive(gone)
        if self.dice.random() < 0.8:
            self.use_both(keep, gone)
        self.add("merge", keep=keep, gone=gone)

    def use_both(self, *customers: str) -> None:
        """So that each has counted, and holds, of the same: by chance alone that is rare."""
        dice = self.dice
        planned = [f for f in METERED if all(self.planned(c, f) for c in customers)]
        feature = dice.choice(planned or METERED)
        if dice.random() < 0.3:  # by credits, whose fractions are to be left
            feature = "ai"
            self.add("set_cost", credit="tokens", feature="ai", cost=dice.choice(("0.3", "2.5")))
            for customer in customers:
                self.top_up(customer, "tokens")
        for customer in customers:
            if dice.random() < 0.4:
                self.top_up(customer, feature)
        for customer in customers * 2:
            (self.reserve if dice.random() < 0.2 else self.track)(customer, feature=feature)

    def planned(self, customer: str, feature: str) -> bool:
        """Whether plans or the default give it, so that there is a counter to add up."""
        one = self.world.customers[customer]
        return bool(self.world.plan_rows(one, feature)) or (
            not one.entitling() and feature in self.world.plans[None])


def dice_pick(dice: random.Random, subscriptions: list[Subscription]) -> Subscription:
    return dice.choice(sorted(subscriptions, key=lambda s: s.name))
