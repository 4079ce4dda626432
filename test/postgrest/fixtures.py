"""What tests through PostgREST stand on: a private server, the stand-in, two organizations.

A conftest.py puts test/ and test/e2e/ on the path and says `from postgrest.fixtures import *`.
"""

from __future__ import annotations

import pytest

from cluster import Cluster

from .postgrest import Postgrest
from .tenant import Tenant

__all__ = ["JWT_SECRET", "admin", "api", "cluster", "database", "one", "two"]

JWT_SECRET = "a secret of at least thirty-two characters"


@pytest.fixture(scope="session")
def cluster():
    # New statistics in the middle would change plans between two answers that are compared.
    made = Cluster(autovacuum="off")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def database(cluster):
    """One database per test file."""
    return cluster.new_database()


@pytest.fixture(scope="module")
def admin(cluster, database):
    """A superuser's connection."""
    made = cluster.connect(database)
    yield made
    made.close()


@pytest.fixture(scope="module")
def api(cluster, database):
    """PostgREST, with one connection: requests follow each other on it."""
    made = Postgrest(cluster.url(database, "billing_authenticator"), JWT_SECRET)
    yield made
    made.close()


@pytest.fixture
def one(admin):
    return Tenant(admin, "One")


@pytest.fixture
def two(admin):
    return Tenant(admin, "Two")
