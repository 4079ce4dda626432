"""Where histories are played: a server whose clock is the test's, an organization for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from clock import ClockedCluster
from entitlement_player import Player
from entitlement_steps import Step
from organization import Organization


def seeds(usual: str = "1-30") -> range:
    """Those that PG_BILLING_SEEDS names, else the usual ones."""
    first, last = map(int, os.environ.get("PG_BILLING_SEEDS", usual).split("-"))
    return range(first, last + 1)


def clocked_server() -> Iterator[ClockedCluster]:
    """To be made a fixture."""
    made = ClockedCluster(datetime(2024, 1, 1, tzinfo=timezone.utc))
    yield made
    made.destroy()


def playing(server: ClockedCluster, kind: type[Player]) -> Callable[[int, list[Step]], None]:
    """play(seed, steps): in a new organization, on a new connection."""
    database = server.new_database()

    def run(seed: int, steps: list[Step]) -> None:
        connection = server.connect(database)
        try:
            server.move(steps[0].at)
            kind(server, Organization(connection), seed).play(steps)
        finally:
            connection.close()

    return run
