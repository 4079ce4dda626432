"""What was answered then is answered still: explain_access() of earlier instants, after random histories.

The server is asked at many instants of a history, also between its steps and at the edges of
periods, expiries and holds, and must answer as the model does. At the end it is asked about a
sample of these instants again, once as it is and once more when one customer became the other.
A failing seed replays with `pytest -k 'seed-<n>'`; PG_BILLING_SEEDS=100-140 tries others.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from entitlement_player import EXPLAINED, Player
from entitlement_shrinking import compare
from entitlement_stage import clocked_server, playing, seeds
from entitlement_steps import FEATURES, METERED, History, Step

TOLD = (*EXPLAINED, "source")
TICK = timedelta(microseconds=1)
SAMPLE = 0.25  # of the notes
QUESTIONS = """
    SELECT q.number, x.* FROM unnest(%s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
               AS q (number, customer, feature, at, quantity),
           billing.explain_access(q.customer, q.feature, q.at, q.quantity) x ORDER BY q.number"""


@dataclass
class Note:
    """What was answered at an instant."""

    customer: str
    feature: str
    at: datetime
    quantity: int
    answer: dict


class PastPlayer(Player):
    """Notes what is answered at instants of a history, and asks again in the end."""

    def play(self, steps: list[Step]) -> None:
        self.notes: list[Note] = []
        self.steps = steps
        self.next = 0
        super().play(steps)
        self.look_back("looking back")
        self.merge_in_the_end()
        self.look_back("looking back past a merge")
        self.differ("verify_usage", "() after it", [],
                    self.organization.run("SELECT * FROM billing.verify_usage()"))

    def compare(self, step: Step) -> None:
        """Nothing that happens at an instant is left out of what is said of it."""
        self.next += 1
        later = self.steps[self.next].at if self.next < len(self.steps) else step.at + timedelta(days=40)
        if later == step.at:
            return
        for at in [step.at, *self.moments(step.at, later)]:
            self.cluster.move(at)
            self.world.go(at)
            self.note(at)

    def moments(self, since: datetime, until: datetime) -> list[datetime]:
        """Some between two steps: around the edges, and anywhere."""
        edges = set()
        for one in self.world.customers.values():
            edges |= {p.end for p in one.pools.values()}
            edges |= {t for r in one.overrides if r.balance for t in (r.balance.end, r.expires)}
            edges |= {h.expires for h in one.holds.values()}
        dice = random.Random(f"moments {self.seed} {since}")
        edges = sorted(t for t in edges if t is not None and since < t < until)
        out = {since + (until - since) * dice.random()}
        if edges:
            edge = dice.choice(edges)
            out |= {edge - TICK, edge, edge + TICK}
        return sorted(t for t in out if since < t < until)

    def note(self, at: datetime) -> None:
        asked = []
        for customer in self.world.customers:
            for feature in FEATURES:
                dice = random.Random(f"{self.seed} {customer} {feature} {at}")
                if dice.random() < SAMPLE:
                    quantities = self.asked(customer, feature) if feature in self.world.features else [1]
                    asked.append(Note(customer, feature, at, dice.choice(quantities), {}))
        for note, row in zip(asked, self.ask(asked)):
            note.answer = row
            expected = self.world.explain(note.customer, note.feature, note.quantity)
            self.differ("answering", f" {note.quantity} of {note.feature} for {note.customer} at {at}",
                        expected, {n: row[n] for n in EXPLAINED})
        self.notes += asked

    def ask(self, notes: list[Note]) -> list[dict]:
        rows = self.organization.run(
            QUESTIONS, list(range(len(notes))), [n.customer for n in notes],
            [n.feature for n in notes], [n.at for n in notes], [n.quantity for n in notes])
        return [{n: row[n] for n in TOLD} for row in rows]

    def look_back(self, what: str) -> None:
        self.pass_time(timedelta(days=1))
        for note, row in zip(self.notes, self.ask(self.notes)):
            self.differ(what, f" to {note.at}: {note.quantity} of {note.feature} for {note.customer}",
                        note.answer, row)

    def merge_in_the_end(self) -> None:
        """Two become one, and use more: of these no model knows, but what is answered then."""
        left = [name for name in self.world.customers if name not in self.world.merged]
        living = [name for name in left if not self.world.customers[name].archived]
        if not living or len(left) < 2:
            return
        dice = random.Random(f"merge {self.seed}")
        kept = dice.choice(living)
        gone = next(name for name in left if name != kept)
        self.pass_time(timedelta(days=1))
        self.must("merge_customers", self.id_of(kept), self.id_of(gone))
        for days in (0, 1, 0, 12, 45):
            self.pass_time(timedelta(seconds=1))
            self.call("track_usage", dice.choice((kept, gone)), dice.choice(METERED), dice.randint(-3, 9))
            self.pass_time(timedelta(days=days, seconds=1))
            notes = [Note(name, feature, self.cluster.instant, 1, {}) for name in (kept, gone) for feature in METERED]
            for note, row in zip(notes, self.ask(notes)):
                note.answer = row
            self.notes += notes

    def pass_time(self, long: timedelta) -> None:
        self.cluster.move(self.cluster.instant + long)


server = pytest.fixture(scope="module")(clocked_server)


@pytest.fixture(scope="module")
def play(server):
    return playing(server, PastPlayer)


@pytest.mark.parametrize("seed", seeds(), ids=lambda s: f"seed-{s}")
def test_what_was_answered_then_is_answered_still(play, seed):
    compare(play, seed, History(seed, length=35).steps)


@pytest.mark.parametrize("seed", seeds("1-4"), ids=lambda s: f"seed-{s}")
def test_each_is_answered_for_itself_until_they_become_one(play, seed):
    compare(play, seed, History(seed, length=35, merges=True).steps)
