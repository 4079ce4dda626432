"""Random histories of grants and usage through time: the server answers as the model does.

The server's clock is the test's: resets, expiries and holds pass. A failing seed replays with
`pytest -k 'seed-<n>'`; PG_BILLING_SEEDS=100-140 tries others. On a difference the shortest prefix
that fails is printed, without the steps that it fails without.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone

import pytest
from clock import ClockedCluster
from entitlement_player import Player
from entitlement_shrinking import compare
from entitlement_steps import History, Step
from organization import Organization

FIRST_SEED, LAST_SEED = map(int, os.environ.get("PG_BILLING_SEEDS", "1-30").split("-"))


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


@pytest.mark.parametrize("seed", range(FIRST_SEED, LAST_SEED + 1), ids=lambda s: f"seed-{s}")
def test_the_server_answers_as_the_model(play, seed):
    compare(play, seed, History(seed).steps)


@pytest.mark.parametrize("seed", range(101, 105), ids=lambda s: f"seed-{s}")
def test_the_largest_limit_counts_while_the_setting_says_so(play, seed):
    steps = History(seed, limits=True).steps
    assert any(step.op == "set_limits" for step in steps)
    compare(play, seed, steps)
