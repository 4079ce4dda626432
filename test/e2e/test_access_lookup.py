"""check_access() finds every row by the hash index, whatever the index and the table go through.

The rows of access are made here: where none is found, the answer would come from the grants, of
which there are none, and be no.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
from cluster import Cluster
from organization import OWN, Organization

ROWS = 150_000  # of 32 bits of hash: two or three of them share theirs with another
BATCH, BATCHES = 2_000, 40
# Under one snapshot, and each customer once: no answer is from the statement's memory.
WRONG = f"""SELECT count(*) FROM billing_internal.access WHERE {OWN}
              AND billing.check_access(customer_id, feature_key) IS DISTINCT FROM allowed"""
# Also of an indexed column, so that each version has an entry of its own.
FLIP = "UPDATE billing_internal.access SET allowed = NOT allowed, stands_until = now() + interval '1 day'"
UNKNOWN = "SELECT count(*) FROM generate_series(1, 5000) WHERE billing.check_access(gen_random_uuid(), 'api')"


@pytest.fixture
def organization(cluster, database):
    made = Organization(cluster.connect(database))
    product = made.value("SELECT billing.create_product('Plan', '{}', 'prod_1')")
    made.value("SELECT billing.create_feature('api', 'Reads', 'boolean')")
    made.run("SELECT billing.attach_feature(%s, 'api')", product)
    yield made
    made.connection.close()


@pytest.fixture
def reader(organization, cluster, database):
    made = Organization(cluster.connect(database), id=organization.id)
    yield made
    made.connection.close()


def insert(organization, count: int) -> None:
    """Rows of customers that are only here, half of them with access."""
    organization.run(
        """INSERT INTO billing_internal.access (organization_id, customer_id, feature_key, kind,
                  allowed, source, stands_from, pooled, overage, reset_interval, anchor, epoch)
           SELECT billing.current_organization(), gen_random_uuid(), 'api', 'boolean', n %% 2 = 0,
                  'plan', t, false, 'reject', 'never', t, t
             FROM generate_series(1, %s) AS n, (SELECT timestamptz '2025-01-01Z') AS s (t)""", count)


def reads_right(organization) -> None:
    assert organization.value(WRONG) == 0
    assert organization.value(UNKNOWN) == 0


def test_every_row_of_many_is_found(organization):
    insert(organization, ROWS)
    reads_right(organization)
    # An index that was grown and one that was built have their entries in different places.
    organization.run("REINDEX INDEX billing_internal.access_probe")
    reads_right(organization)
    organization.run(f"DELETE FROM billing_internal.access WHERE {OWN} AND get_byte(uuid_send(customer_id), 0) < 128")
    reads_right(organization)
    organization.run("VACUUM billing_internal.access")
    insert(organization, ROWS // 4)
    reads_right(organization)


def test_a_row_is_found_among_many_versions(organization, reader):
    """Each has an entry of its own, and none may be taken away while an old snapshot sees it."""
    insert(organization, 200)
    reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reads_right(reader)
    for _ in range(13):
        organization.run(FLIP + f" WHERE {OWN}")
        reads_right(organization)
        reads_right(reader)
    reader.run("ROLLBACK")
    reads_right(reader)


def test_a_transaction_finds_its_own_changes(organization):
    insert(organization, 200)
    organization.run("BEGIN")
    organization.run(FLIP + f" WHERE {OWN}")
    reads_right(organization)
    organization.run("ROLLBACK")
    reads_right(organization)


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_snapshot_finds_its_own_rows(organization, reader, isolation):
    insert(organization, 2_000)
    reader.run("BEGIN ISOLATION LEVEL " + isolation)
    reads_right(reader)
    organization.run(FLIP + f" WHERE {OWN}")
    insert(organization, 2_000)
    reads_right(reader)
    reader.run("COMMIT")
    reads_right(reader)


@contextmanager
def reading(connect, count: int):
    """Readers on connections of their own, all the while; what they read was right."""
    failures: list[BaseException] = []
    over = threading.Event()

    def read():
        reader = connect()
        try:
            while not over.is_set():
                reads_right(reader)
        except BaseException as error:
            failures.append(error)
        finally:
            reader.connection.close()

    readers = [threading.Thread(target=read) for _ in range(count)]
    for one in readers:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in readers:
            one.join(60)
            assert not one.is_alive()
    assert not failures, failures[0]


def change_all_the_time(organization, batches: int) -> None:
    """Buckets are split, filled, emptied and built anew."""
    for number in range(batches):
        insert(organization, BATCH)
        organization.run(FLIP + f" WHERE {OWN} AND get_byte(uuid_send(customer_id), 1) = %s", number)
        organization.run(
            f"DELETE FROM billing_internal.access WHERE {OWN} AND get_byte(uuid_send(customer_id), 0) / 4 = %s", number)
        if number % 8 == 7:
            organization.run("VACUUM billing_internal.access")
        if number % 16 == 15:
            organization.run("REINDEX INDEX billing_internal.access_probe")


def test_a_table_that_changes_all_the_time_is_read_right(organization, cluster, database):
    with reading(lambda: Organization(cluster.connect(database), id=organization.id), 2):
        change_all_the_time(organization, BATCHES)


class Standby(Cluster):
    """Follows another server."""

    def __init__(self, primary: Cluster):
        self.primary = primary
        # So that no read is in the way of what VACUUM takes away.
        super().__init__(hot_standby_feedback="on")

    def run(self, program: str, *arguments, **more):
        if program == "initdb":
            program, arguments = "pg_basebackup", (
                "-h", self.primary.directory, "-U", "postgres", "-D", self.data, "-R", "-c", "fast")
        return super().run(program, *arguments, **more)


@pytest.fixture
def standby(cluster):
    made = Standby(cluster)
    yield made
    made.destroy()


def test_a_standby_that_follows_such_a_table_reads_right(organization, cluster, database, standby):
    with reading(lambda: Organization(standby.connect(database), id=organization.id), 1):
        change_all_the_time(organization, BATCHES // 2)
    rows = organization.value(f"SELECT count(*) FROM billing_internal.access WHERE {OWN}")
    follower = Organization(standby.connect(database), id=organization.id)
    deadline = time.monotonic() + 60
    while follower.value(f"SELECT count(*) FROM billing_internal.access WHERE {OWN}") != rows:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    reads_right(follower)
    follower.connection.close()
