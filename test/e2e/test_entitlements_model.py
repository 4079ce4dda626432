"""Random histories of grants and usage through time: the server answers as the model does.

The server's clock is the test's: resets, expiries and holds pass. A failing seed replays with
`pytest -k 'seed-<n>'`; PG_BILLING_SEEDS=100-140 tries others. On a difference the shortest prefix
that fails is printed, without the steps that it fails without.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone

import pytest
from clock import ClockedCluster
from entitlement_player import Difference, Player
from entitlement_steps import History, Step
from organization import Organization

FIRST_SEED, LAST_SEED = map(int, os.environ.get("PG_BILLING_SEEDS", "1-30").split("-"))
SHRINKING = 20  # seconds at most


@pytest.fixture(scope="module")
def server():
    made = ClockedCluster(datetime(2024, 1, 1, tzinfo=timezone.utc))
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def play(server):
    """play(seed, steps): in a new organization, on a new connection."""
    database = server.new_database()

    def run(seed: int, steps: list[Step]) -> None:
        connection = server.connect(database)
        try:
            server.move(steps[0].at)
            Player(server, Organization(connection), seed).play(steps)
        finally:
            connection.close()

    return run


def failure(play, seed: int, steps: list[Step]) -> Difference | None:
    try:
        play(seed, steps)
    except Difference as difference:
        return difference
    return None


def whole(steps: list[Step]) -> bool:
    """Every subscription begins with its first snapshot: a later one would date it back."""
    first: dict[str, Step] = {}
    for step in steps:
        if step.op == "subscription":
            first.setdefault(step.args["name"], step)
    return all(step.at == step.args["anchor"] for step in first.values())


def shrunk(play, seed: int, steps: list[Step], kind: str) -> list[Step]:
    """Drops what it fails without, and in the same way: the end, then all of one name, halves,
    and single steps in the end."""
    until = time.monotonic() + SHRINKING

    def fails(fewer: list[Step]) -> bool:
        if time.monotonic() > until or not whole(fewer):
            return False
        try:
            found = failure(play, seed, fewer)
        except Exception:  # a step leaned on one that was dropped
            return False
        return found is not None and found.kind == kind

    low, high = 1, len(steps)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fails(steps[:middle]) else (middle + 1, high)
    steps = steps[:high]
    for name in sorted({step.args.get(n) for step in steps for n in ("customer", "feature", "name")} - {None}):
        fewer = [s for s in steps if s.founds or name not in
                 (s.args.get(n) for n in ("customer", "feature", "name"))]
        if len(fewer) < len(steps) and fails(fewer):
            steps = fewer
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            chunk = steps[start:start + size]
            fewer = steps[:start] + [s for s in chunk if s.founds] + steps[start + size:]
            if len(fewer) < len(steps) and fails(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


def compare(play, seed: int, steps: list[Step]) -> None:
    found = failure(play, seed, steps)
    if found is not None:
        less = shrunk(play, seed, steps, found.kind)
        told = "\n".join(map(str, less))
        pytest.fail(f"seed {seed}, {len(less)} of {len(steps)} steps:\n{told}\n\n"
                    f"{failure(play, seed, less) or found}", pytrace=False)


@pytest.mark.parametrize("seed", range(FIRST_SEED, LAST_SEED + 1), ids=lambda s: f"seed-{s}")
def test_the_server_answers_as_the_model(play, seed):
    compare(play, seed, History(seed).steps)


@pytest.mark.parametrize("seed", range(101, 105), ids=lambda s: f"seed-{s}")
def test_the_largest_limit_counts_while_the_setting_says_so(play, seed):
    steps = History(seed, limits=True).steps
    assert any(step.op == "set_limits" for step in steps)
    compare(play, seed, steps)
