"""Random queries of a tenant: no crash, no error that nobody foresaw, nothing of anybody else.

SQLSMITH_QUERIES says how many (20000 for the whole of it, some minutes), SQLSMITH_SEED where to begin.
"""

from __future__ import annotations

import os
import time

import pytest

from cluster import Cluster
from sqlsmith import offer_functions, run_sqlsmith
from stage import fingerprint
from twin_fixtures import World

QUERIES = int(os.environ.get("SQLSMITH_QUERIES", "1200"))
SEED = int(os.environ.get("SQLSMITH_SEED", str(int(time.time()) % 1000000)))
# What it says with XX000 in queries without anything of ours in them.
POSTGRESQLS_OWN = ("failed to find conversion function from unknown to", "invalid INTERVAL typmod")
CRASH = ("PANIC", "terminated by signal", "server process", "TRAP:", "internal error")


@pytest.fixture(scope="module")
def cluster():
    """Of its own: a crash in it is nobody else's."""
    made = Cluster()
    yield made
    made.destroy()


@pytest.mark.parametrize("name", ["key that may everything", "key that reads"])
def test_random_queries_find_no_hole(cluster, name):
    connection = cluster.connect(cluster.new_database())
    world = World(connection)
    offer_functions(connection, world.alpha)
    before = fingerprint(connection, world.omega)
    print(f"sqlsmith: {QUERIES // 2} queries of a {name} from seed {SEED}")
    proxy = run_sqlsmith(cluster.directory, connection.info.dbname, world.actors[name].headers,
                         world.secrets | {world.omega.word}, SEED, QUERIES // 2)
    assert proxy.statements == QUERIES // 2, proxy.report[-3000:]
    # Most of them ran, so that something was tried; 0A000: it samples views until it learns better.
    assert sum(proxy.errors.values()) - proxy.errors["0A000"] < QUERIES // 4, proxy.report[-3000:]
    assert not [message for message in proxy.internal if not message.startswith(POSTGRESQLS_OWN)]
    assert not proxy.told
    assert fingerprint(connection, world.omega) == before
    assert not [line for line in cluster.log().splitlines() if any(word in line for word in CRASH)]
    connection.close()
