"""deploy/ as it is shipped: nginx before scripted upstreams, and before the stand-in of PostgREST."""

import sys
from pathlib import Path

import pytest

TEST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "e2e")]

from nginx import Nginx  # noqa: E402
from postgrest.fixtures import *  # noqa: E402, F403
from upstream import Upstream  # noqa: E402


@pytest.fixture(scope="module")
def postgrest():
    """A scripted upstream in the place of PostgREST."""
    made = Upstream()
    yield made
    made.close()


@pytest.fixture(scope="module")
def worker():
    """A scripted upstream in the place of the worker."""
    made = Upstream()
    yield made
    made.close()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, postgrest, worker):
    made = Nginx(tmp_path_factory.mktemp("nginx"), postgrest.port, worker.port)
    yield made
    made.stop()


@pytest.fixture
def client(nginx):
    """From an address of its own: limits count by address."""
    made = nginx.client()
    yield made
    made.close()
