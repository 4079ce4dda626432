"""install() and writes of many customers beside each other: nobody ends in a deadlock."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager

import psycopg2
import pytest
from catalogue import differences, listing
from cluster import Cluster
from model import objects as o
from model.story import Story, at
from organization import OWN, Organization
from worker_process import wait_until

PATIENCE = 60  # seconds until a wait is a failure
STRONG = """SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'
             AND relation IN (SELECT oid FROM pg_class WHERE relname <> 'schema_migrations'
                 AND relnamespace IN ('billing'::regnamespace, 'billing_internal'::regnamespace))
             AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')"""
BROKEN = [
    "REVOKE SELECT ON billing.customers FROM billing_api",
    "REVOKE SELECT (old_mrr) ON billing_internal.mrr_changes FROM billing_api",
    "REVOKE EXECUTE ON FUNCTION billing.mrr_at(timestamptz, timestamptz) FROM billing_api",
    "ALTER TABLE billing_internal.access DISABLE ROW LEVEL SECURITY",
    "DROP POLICY organization ON billing_internal.products",
    "DROP VIEW billing.invoices",
    "ALTER VIEW billing.features RESET (security_invoker)",
    "DROP TRIGGER archive_customer ON billing.customers",
    "COMMENT ON VIEW billing.products IS NULL",
    "COMMENT ON COLUMN billing.customers.email IS 'other'",
]


@pytest.fixture(scope="module")
def server():
    """A deadlock is found at once, where there is one."""
    made = Cluster(deadlock_timeout="100ms")
    yield made
    made.destroy()


@pytest.fixture
def database(server):
    return server.new_database()


@contextmanager
def beside(work):
    """`work` in a thread; what it raised is raised at the end."""
    raised: list[BaseException] = []

    def guarded():
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(PATIENCE)
        assert not thread.is_alive()  # where one hangs, the server is stopped under it
    if raised:
        raise raised[0]


def run(connection, sql: str, *arguments) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall() if cursor.description else []


def test_a_second_install_locks_nothing_that_a_reader_or_writer_uses(server, database):
    one = server.connect(database)
    run(one, "BEGIN")
    assert run(one, "SELECT billing.install() = billing.schema_version()::text") == [(True,)]
    assert run(one, STRONG) == [(0,)]
    run(one, "ROLLBACK")


@pytest.mark.parametrize("broken", BROKEN)
def test_what_differs_is_asserted_again(server, database, broken):
    one = server.connect(database)
    before = listing(one)
    run(one, broken)
    assert differences(before, listing(one)) != {}
    run(one, "SELECT billing.install()")
    assert differences(before, listing(one)) == {}


def test_install_lets_go_of_what_others_need_to_go_on(server, database):
    """A reader holds a late table and asks for an early one: with both waiting that is a deadlock."""
    reader, admin, watcher = (server.connect(database) for _ in range(3))
    Organization(reader)
    run(reader, "BEGIN")
    run(reader, "SELECT * FROM billing.invoices")
    run(admin, "REVOKE SELECT ON billing.invoices FROM billing_api")
    waiting = """SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted
                  AND relation IN ('billing.invoices'::regclass, 'billing_internal.invoices'::regclass)"""
    pid = admin.info.backend_pid
    with beside(lambda: run(admin, "SELECT billing.install()")):
        wait_until(lambda: run(watcher, waiting, pid) != [(0,)], "install() waits")
        for _ in range(20):
            run(reader, "SELECT * FROM billing.customers")
            run(reader, "SELECT * FROM billing_internal.organizations")
        run(reader, "COMMIT")
    assert run(admin, "SELECT has_table_privilege('billing_api', 'billing.invoices', 'SELECT')") \
        == [(True,)]


def test_a_warning_names_the_table_that_is_held_for_long(server, database):
    reader, admin = server.connect(database), server.connect(database)
    run(reader, "BEGIN")
    run(reader, "SELECT * FROM billing_internal.outbox")
    run(admin, "REVOKE SELECT ON billing.invoices FROM billing_api")
    with beside(lambda: run(admin, "SELECT billing.install()")):
        wait_until(lambda: "install() waits for billing_internal.outbox" in server.log(), "a warning")
        run(reader, "COMMIT")


class Load:
    """Sessions that read and write until they are told to stop, each with dice of its own."""

    def __init__(self, server, database: str):
        self.server, self.database = server, database
        self.organization = Organization(server.connect(database))
        self.story = Story()
        price = self.story.price(1000)
        self.names = [f"cus_{n}" for n in range(12)]
        for name in self.names:
            self.story.subscribe("2025-05-10", price, customer=name)
        self.organization.run("SELECT billing.create_feature('api', 'API', 'metered')")
        self.organization.run("SELECT billing.attach_feature(billing.create_product("
                              "'Plan', '{}', 'prod_1'), 'api', 1000000)")
        self.organization.feed(self.story.bodies())
        rows = self.organization.run(f"SELECT id FROM billing.customers WHERE {OWN} ORDER BY id")
        self.customers = [row["id"] for row in rows]
        self.stopped = threading.Event()
        self.done: dict[str, int] = {}

    def session(self, name: str, act):
        def work():
            connection, dice = self.server.connect(self.database), random.Random(name)
            own = Organization(connection, id=self.organization.id)
            run(connection, "SET enable_hashjoin = off; SET enable_mergejoin = off;"
                            " SET enable_material = off; SET enable_seqscan = off")
            try:
                while not self.stopped.is_set():
                    act(own, dice)
                    self.done[name] = self.done.get(name, 0) + 1
            except BaseException:
                self.stopped.set()
                raise
            finally:
                connection.close()
        return work

    def read(self, own, dice) -> None:
        views = ["customers", "subscriptions", "invoices", "products", "feature_grants"]
        dice.shuffle(views)
        own.run("BEGIN")
        own.run("SELECT billing.use_organization(%s)", str(own.id))
        for view in views:
            own.run(f"SELECT count(*) FROM billing.{view}")
        own.run("SELECT * FROM billing.mrr()")
        own.run("SELECT billing.check_access(%s::uuid, 'api')", dice.choice(self.customers))
        own.run("COMMIT")

    def patch(self, own, dice) -> None:
        """Some customers by one statement, in any order."""
        some = dice.sample(self.customers, 6)
        try:
            own.run("""UPDATE billing.customers AS c SET name = %s
                         FROM unnest(%s::uuid[]) AS u (id)
                        WHERE c.id = u.id AND c.organization_id = billing.current_organization()""",
                    f"name {dice.random()}", some)
        except psycopg2.Error as error:
            assert error.pgcode == "PT409", error  # changed since it was read

    def give(self, own, dice) -> None:
        own.run("SELECT billing.top_up(%s, 'api', 5)", dice.choice(self.customers))
        own.run("SELECT * FROM billing.track_usage(%s::uuid, 'api', 1)", dice.choice(self.customers))

    def apply(self, own, dice) -> None:
        bodies = []
        for name in dice.sample(self.names, 8):
            story = Story()
            story.counter = iter(dice.sample(range(10**9), 5))
            story.emit("customer.updated", "2025-06-01",
                       o.Customer(name, name=f"{dice.random()}", created=at("2025-05-01")))
            bodies += story.bodies()
        own.feed(bodies)


def test_nobody_ends_in_a_deadlock(server, database):
    """Readers, many customers changed at once in any order, gifts, the engine, and install()."""
    load = Load(server, database)
    admin = server.connect(database)
    acts = {"read": load.read, "read too": load.read, "patch": load.patch, "patch too": load.patch,
            "give": load.give, "apply": load.apply, "apply too": load.apply}
    threads = [beside(load.session(name, act)) for name, act in acts.items()]
    entered = [thread.__enter__() for thread in threads]
    assert len(entered) == len(acts)
    run(admin, "SET statement_timeout = '60s'")  # a failure then, and no hanging test
    try:
        for _ in range(8):
            run(admin, "REVOKE SELECT ON billing.invoices FROM billing_api")
            run(admin, "SELECT billing.install()")
            run(admin, "SELECT billing.install()")
        wait_until(lambda: load.stopped.is_set() or all(load.done.get(n, 0) > 20 for n in acts),
                   "everybody worked", PATIENCE)
    finally:
        load.stopped.set()
        for thread in threads:
            thread.__exit__(None, None, None)
    assert "deadlock detected" not in server.log()
    assert load.organization.run("SELECT * FROM billing.verify_rollups()") == []
    assert load.organization.run("SELECT * FROM billing.verify_usage()") == []
