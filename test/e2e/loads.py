"""Two ways for a company's events to arrive: on a good day, and in chaos."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from organization import INGEST

CONNECTIONS = 16


def in_order(organization, bodies: list[str], seed) -> None:
    """As they happen, applied a few at a time."""
    dice = random.Random(f"in order {seed}")
    while bodies:
        count = dice.choice((1, 3, 40, 200))
        organization.feed(bodies[:count])
        bodies = bodies[count:]


def chaos(cluster, database: str, organization, bodies: list[str], seed) -> None:
    """From 16 connections at once, which also apply whatever is there."""

    def run(number: int) -> None:
        dice = random.Random(f"connection {seed} {number}")
        mine = bodies[number::CONNECTIONS]
        connection = cluster.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('billing.organization_id', %s, false)",
                    (str(organization.id),),
                )
                while mine:
                    count = dice.choice((1, 2, 5, 25))
                    # By id: two transactions that store the same events in opposite orders
                    # would wait for each other.
                    cursor.execute(INGEST, (sorted(mine[:count]),))
                    mine = mine[count:]
                    if dice.random() < 0.2:
                        cursor.execute(
                            "SELECT * FROM billing.process_events(%s)", (dice.choice((1, 30, 300)),)
                        )
                        assert cursor.fetchone()[1] == 0
        finally:
            connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(run, range(CONNECTIONS)))
    _, failed = organization.process()
    assert failed == 0, organization.run("SELECT * FROM billing.failed_events()")
