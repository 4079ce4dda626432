"""Random histories of grants and usage through time: the server answers as the model does.

The server's clock is the test's: resets, expiries and holds pass. A failing seed replays with
`pytest -k 'seed-<n>'`; PG_BILLING_SEEDS=100-140 tries others. On a difference the shortest prefix
that fails is printed, without the steps that it fails without.
"""

from __future__ import annotations

import pytest
from entitlement_player import Player
from entitlement_shrinking import compare
from entitlement_stage import clocked_server, playing, seeds
from entitlement_steps import History

server = pytest.fixture(scope="module")(clocked_server)


@pytest.fixture(scope="module")
def play(server):
    return playing(server, Player)


@pytest.mark.parametrize("seed", seeds(), ids=lambda s: f"seed-{s}")
def test_the_server_answers_as_the_model(play, seed):
    compare(play, seed, History(seed).steps)


@pytest.mark.parametrize("seed", range(101, 105), ids=lambda s: f"seed-{s}")
def test_the_largest_limit_counts_while_the_setting_says_so(play, seed):
    steps = History(seed, limits=True).steps
    assert any(step.op == "set_limits" for step in steps)
    compare(play, seed, steps)


@pytest.mark.parametrize("seed", seeds("1-6"), ids=lambda s: f"seed-{s}")
def test_customers_who_become_one_hold_and_use_what_both_did(play, seed):
    steps = History(seed, merges=True).steps
    compare(play, seed, steps)
