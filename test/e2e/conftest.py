"""What the end-to-end tests stand on: a private server, organizations, the real worker."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster import Cluster  # noqa: E402
from model.shapes import VERSIONS  # noqa: E402
from model.story import Story  # noqa: E402
from organization import Organization  # noqa: E402
from quota_company import Company  # noqa: E402
from stripe_sender import StripeSender  # noqa: E402
from worker_process import Worker  # noqa: E402


def pytest_configure(config):
    """A polite kill takes the servers down too: fixtures end as after Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def cluster():
    made = Cluster()
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def database(cluster):
    """One database per test file; every test makes its own organization in it."""
    return cluster.new_database()


@pytest.fixture(scope="module")
def connection(cluster, database):
    made = cluster.connect(database)
    yield made
    made.close()


@pytest.fixture
def organization(connection):
    """A factory: organization(time_zone, currency)."""

    def make(time_zone: str = "UTC", currency: str = "usd") -> Organization:
        return Organization(connection, time_zone, currency)

    return make


@pytest.fixture(params=VERSIONS)
def tell(request, organization):
    """Tells a story in each API version and gives the organization it happened to.

    tell(build, *arguments, time_zone=..., prepare=...): `prepare(organization)` runs before the
    first event. The story itself is left as the organization's `story`."""

    def run(build, *arguments, time_zone: str = "UTC", prepare=None) -> Organization:
        story = Story(request.param)
        build(story, *arguments)
        made = organization(time_zone)
        made.story = story
        if prepare is not None:
            prepare(made)
        made.feed(story.bodies())
        return made

    return run


@pytest.fixture
def worker(cluster):
    """A factory: worker(database, NAME=value, ...), PG_BILLING_ settings; stopped at the end."""
    started: list[Worker] = []

    def start(database: str, **settings: str) -> Worker:
        environment = {f"PG_BILLING_{name}": str(value) for name, value in settings.items()}
        made = Worker(cluster.url(database, "e2e_worker"), environment)
        started.append(made)
        made.wait_ready()
        return made

    yield start
    for made in started:
        made.stop()


@pytest.fixture
def stripe_post():
    """A factory: stripe_post(port, secret, path) gives a sender on one kept connection."""
    opened: list[StripeSender] = []

    def open_sender(port: int, secret: str, path: str = "/webhooks/stripe") -> StripeSender:
        opened.append(StripeSender(port, secret, path))
        return opened[-1]

    yield open_sender
    for sender in opened:
        sender.close()


@pytest.fixture(scope="session")
def quota_server():
    """A server of their own for those who consume at once: some of their tests crash it."""
    made = Cluster(deadlock_timeout="100ms")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def quota_database(quota_server):
    return quota_server.new_database()


@pytest.fixture
def company(quota_server, quota_database):
    """A factory: company(quota=..., sessions=...)."""
    made: list[Company] = []

    def make(**more) -> Company:
        made.append(Company(quota_server, quota_database, **more))
        return made[-1]

    yield make
    for one in made:
        one.organization.connection.close()
