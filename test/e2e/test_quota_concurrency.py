"""However many consume at once and whatever happens meanwhile: never more than the quota."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import psycopg2
import pytest
from clock import ClockedCluster
from cluster import Cluster
from crowd import PATIENCE, Crowd
from model.story import Story
from organization import Organization

START = datetime(2025, 5, 10, tzinfo=timezone.utc)
USAGE = "SELECT * FROM billing.get_usage('cus_1', 'api')"
GRANT = "SELECT billing.top_up(billing.find_customer('cus_1'), 'api', %s, %s, 1)"


@pytest.fixture(scope="module")
def server():
    """A server of their own: some of these tests crash it."""
    made = Cluster(deadlock_timeout="100ms")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def server_database(server):
    return server.new_database()


@pytest.fixture(scope="module")
def clocked():
    made = ClockedCluster(START + timedelta(days=1))
    yield made
    made.destroy()


class Company:
    """cus_1 holds `quota` units of `api` by a subscription; and the crowd that uses them."""

    def __init__(self, cluster, database: str, quota: int | None = 100, reset: str = "never",
                 **more):
        self.cluster, self.database = cluster, database
        self.organization = Organization(cluster.connect(database))
        self.product = self.run("SELECT billing.create_product('Plan', '{}', 'prod_1')")
        self.run("SELECT billing.create_feature('api', 'API calls', 'metered')")
        self.attach(quota, reset)
        self.story = Story()
        self.subscription = self.story.subscribe(START.date().isoformat(), self.story.price(5000))
        self.organization.feed(self.story.bodies())
        self.crowd = Crowd(cluster, database, self.organization, **more)

    def run(self, sql: str, *arguments):
        return self.organization.value(sql, *arguments)

    def attach(self, quota: int | None, reset: str = "never") -> None:
        self.run("SELECT billing.attach_feature(%s, 'api', %s, %s)", self.product, quota, reset)

    def cancel(self) -> None:
        self.story.end(self.subscription, (START + timedelta(hours=1)).isoformat()[:19])
        self.organization.feed(self.story.bodies()[-1:])

    @property
    def used(self) -> int:
        return self.organization.run(USAGE)[0]["used"]

    @property
    def logged(self) -> int:
        return self.run("""SELECT coalesce(sum(granted), 0)::bigint FROM billing.usage_records
                            WHERE organization_id = billing.current_organization()""")

    def by_period(self) -> dict[datetime, int]:
        rows = self.organization.run(
            """SELECT period_start, sum(granted)::bigint AS granted FROM billing.usage_records
                WHERE organization_id = billing.current_organization() GROUP BY 1""")
        return {r["period_start"]: r["granted"] for r in rows if r["granted"]}

    def sound(self) -> None:
        """Counter and log agree, and with them whatever else is stored of it."""
        assert self.organization.run("SELECT * FROM billing.verify_usage()") == []


@pytest.fixture
def company(server, server_database):
    made: list[Company] = []

    def make(**more) -> Company:
        made.append(Company(server, server_database, **more))
        return made[-1]

    yield make
    for one in made:
        one.organization.connection.close()


@pytest.fixture
def in_time(clocked):
    """Makes companies on the server whose clock the test moves."""
    made: list[Company] = []

    def make(**more) -> Company:
        clocked.move(START + timedelta(days=1))
        made.append(Company(clocked, clocked.new_database(), **more))
        return made[-1]

    yield make
    for one in made:
        one.organization.connection.close()


def test_two_hundred_at_once_against_a_hundred_allow_exactly_a_hundred(company):
    one = company()
    one.crowd.run(200)
    assert one.crowd.allowed == one.used == one.logged == 100
    one.sound()


def test_each_period_allows_its_own_hundred_while_a_reset_passes(in_time, clocked):
    one = in_time(reset="month")
    one.crowd.run_while(200, lambda: clocked.move(START + timedelta(days=31)), 200)
    assert one.by_period() == {START: 100, START + timedelta(days=31): 100}
    assert one.crowd.allowed == 200
    assert one.used == 100
    one.sound()


def test_a_grant_that_is_revoked_meanwhile_gives_nothing_more(company):
    one = company()
    grant = one.run(GRANT, 10**6, None)
    revoked = one.crowd.run_while(
        30, lambda: one.run("SELECT billing.revoke_grant(%s)", grant), 200)
    assert one.used == 100
    assert one.logged == one.crowd.allowed > 100
    # Who asked after the revocation had committed was counted against the plan alone.
    assert all(a.used <= 100 for a in one.crowd.attempts if a.started > revoked)
    one.sound()


def test_a_grant_that_expires_meanwhile_gives_nothing_more(in_time, clocked):
    one = in_time()
    one.run(GRANT, 10**6, START + timedelta(days=2))
    one.crowd.run_while(30, lambda: clocked.move(START + timedelta(days=2)), 200)
    assert one.used == 100
    assert one.logged == one.crowd.allowed > 100
    one.sound()


def test_a_plan_that_shrinks_meanwhile_allows_no_more_than_it_gives(company):
    one = company()
    shrunk = one.crowd.run_while(20, lambda: one.attach(60), 200)
    assert 60 <= one.crowd.allowed <= 100
    assert one.used == one.logged == one.crowd.allowed
    later = [a for a in one.crowd.attempts if a.started > shrunk]
    assert later and all(a.used <= 60 for a in later if a.allowed)
    one.sound()


def test_a_plan_that_grows_meanwhile_allows_all_it_gives(company):
    one = company()
    one.crowd.run_while(150, lambda: one.attach(180), 300)
    assert one.crowd.allowed == one.used == one.logged == 180
    one.sound()


def test_what_rolls_back_leaves_its_units_to_others(company):
    one = company()
    consume = one.crowd.consume

    def roll_back_each_other(cursor, number: int) -> tuple:
        if number % 2:
            return consume(cursor, number)
        cursor.execute("BEGIN")
        _, used = consume(cursor, number)
        cursor.execute("ROLLBACK")
        return False, used

    one.crowd.consume = roll_back_each_other
    one.crowd.run(400)
    assert one.crowd.allowed == one.used == one.logged == 100
    one.sound()


class Buyer:
    """A session that consumes in one transaction."""

    def __init__(self, one: Company):
        self.connection = one.crowd.connect()
        self.cursor = self.connection.cursor()

    def take(self, quantity: int) -> bool:
        self.cursor.execute("SELECT allowed FROM billing.track_usage('cus_1', 'api', %s)",
                            (quantity,))
        return self.cursor.fetchone()[0]


def until_one_waits(one: Company) -> None:
    deadline = time.monotonic() + PATIENCE
    while not one.run("""SELECT EXISTS (SELECT FROM pg_stat_activity
                          WHERE datname = current_database() AND wait_event_type = 'Lock')"""):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lend(one: Company) -> None:
    """Two at once, so that the pool lends to slots: 2 are used."""
    first, second = Buyer(one), Buyer(one)
    first.cursor.execute("BEGIN")
    first.take(1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.take, 1)
        until_one_waits(one)
        first.cursor.execute("COMMIT")
        assert waiting.result(PATIENCE)


def test_of_two_that_depend_on_each_other_one_is_ended_with_a_hint(company):
    one = company(quota=10000)
    lend(one)
    buyers = Buyer(one), Buyer(one)
    for buyer in buyers:
        buyer.cursor.execute("BEGIN")
        assert buyer.take(1)
    with ThreadPoolExecutor(2) as pool:
        # 9996 are left, or 9997 if the other rolls back.
        results = [pool.submit(buyer.take, 9997) for buyer in buyers]
        errors = [result.exception(PATIENCE) for result in results]
    ended = [error for error in errors if error]
    assert len(ended) == 1 and ended[0].pgcode == "40P01"
    assert ended[0].diag.message_hint.startswith("Nothing of this transaction has happened: do it")
    assert "blocked by process" in ended[0].diag.message_detail
    for buyer, error in zip(buyers, errors):
        buyer.cursor.execute("ROLLBACK" if error else "COMMIT")
    assert [result.result() for result in results if not result.exception()] == [True]
    assert one.used == one.logged == 10000
    one.sound()


def test_whoever_takes_much_with_a_unit_in_hand_counts_exactly_or_not_at_all(company):
    one = company(quota=3000, sessions=12)
    lend(one)
    consumed, ended = [2], []

    def twice(cursor, number: int) -> tuple:
        """A unit from a slot; then sometimes more than slots have, and sometimes far too much."""
        more = (2, 60, 400, 2900)[number % 4]
        cursor.execute("BEGIN")
        try:
            taken = 0
            for quantity in (1, more):
                cursor.execute("SELECT granted, used FROM billing.track_usage('cus_1', 'api', %s)",
                               (quantity,))
                granted, used = cursor.fetchone()
                taken += granted
            cursor.execute("ROLLBACK" if number % 5 == 0 else "COMMIT")
        except psycopg2.errors.DeadlockDetected:
            cursor.execute("ROLLBACK")
            ended.append(number)
            return False, None
        if number % 5:
            consumed.append(taken)
        return taken > 1, used

    one.crowd.consume = twice
    one.crowd.run(240)
    assert one.used == one.logged == sum(consumed) <= 3000
    one.sound()


def test_one_key_from_many_sessions_consumes_once(company):
    one = company()

    def again(cursor, number: int) -> tuple:
        cursor.execute("SELECT allowed, used FROM billing.track_usage('cus_1', 'api', 7, 'key')")
        return cursor.fetchone()

    one.crowd.consume = again
    one.crowd.run(200)
    assert {(a.allowed, a.used) for a in one.crowd.attempts} == {(True, 7)}
    assert one.used == one.logged == 7
    one.sound()


def test_what_is_held_is_nobody_elses(company):
    one = company()

    def hold_and_settle(cursor, number: int) -> tuple:
        cursor.execute(
            "SELECT billing.reserve_usage(billing.find_customer('cus_1'), 'api', 2)")
        hold = cursor.fetchone()[0]
        if hold is None:
            return False, None
        cursor.execute("SELECT allowed, used FROM billing.settle_usage(%s, 2)", (hold,))
        return cursor.fetchone()

    one.crowd.consume = hold_and_settle
    one.crowd.run(200)
    assert one.crowd.allowed == 50
    assert one.used == one.logged == 100
    one.sound()


def test_features_that_burn_one_credit_share_it_exactly(company):
    one = company()  # 100 of `api`, which is the credit
    for feature in ("mail", "chat"):
        one.run("SELECT billing.create_feature(%s, %s, 'metered')", feature, feature)
        one.run("SELECT billing.set_credit_cost('api', %s, 1.5)", feature)

    def burn(cursor, number: int) -> tuple:
        cursor.execute("SELECT allowed, used FROM billing.track_usage('cus_1', %s, 2)",
                       (("mail", "chat")[number % 2],))
        return cursor.fetchone()

    one.crowd.consume = burn
    one.crowd.run(200)
    assert one.crowd.allowed == 33  # 3 credits each
    assert one.used == 99
    one.sound()


def test_giving_and_taking_by_hand_waits_for_those_who_consume_and_not_for_ever(company):
    one = company(sessions=40)
    who = one.run("SELECT billing.find_customer('cus_1')")

    def give_and_take():
        for _ in range(10):
            more = one.run(GRANT, 5, None)
            block = one.run("SELECT billing.block_feature(%s, 'api')", who)
            one.run("SELECT billing.revoke_grant(%s)", block)
            hides = one.run("SELECT billing.grant_feature(%s, 'api', 3)", who)
            one.run("SELECT billing.revoke_grant(%s)", hides)
            one.run("SELECT billing.revoke_grant(%s)", more)

    one.crowd.run_while(20, give_and_take, 200)
    assert one.used == 100
    assert 100 <= one.logged == one.crowd.allowed <= 100 + 10 * (5 + 3)
    one.sound()


SESSIONS = """SELECT pid FROM pg_stat_activity
               WHERE query LIKE '%%track_usage%%' AND pid <> pg_backend_pid()"""


def test_sessions_that_are_terminated_lose_and_double_nothing(company):
    one = company(quota=500, sessions=40)

    def terminate():
        with one.cluster.connect(one.database).cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({SESSIONS} LIMIT 10) s")
            assert cursor.rowcount == 10

    one.crowd.run_while(50, terminate, 600)
    unknown = sum(a.allowed is None for a in one.crowd.attempts)
    assert unknown > 0
    assert one.used == one.logged == 500
    assert one.used - unknown <= one.crowd.allowed <= one.used
    one.sound()


def test_after_a_crash_the_counter_equals_the_committed_log(company, server):
    one = company(quota=10**6, sessions=20)

    def crash():
        with one.cluster.connect(one.database).cursor() as cursor:
            cursor.execute(SESSIONS)
            os.kill(cursor.fetchone()[0], signal.SIGKILL)  # the server restarts them all

    one.crowd.run_while(300, crash, 5000)
    unknown = sum(a.allowed is None for a in one.crowd.attempts)
    assert unknown == 20
    recovered(one)
    assert one.used == one.logged
    assert one.used - unknown <= one.crowd.allowed <= one.used
    one.sound()
    before = one.used
    one.attach(before + 50)
    one.crowd.attempts.clear()
    one.crowd.run(100)
    assert one.used == one.logged == before + one.crowd.allowed == before + 50


def recovered(one: Company) -> None:
    """The server takes connections again."""
    one.organization.connection.close()
    end = time.monotonic() + PATIENCE
    while True:
        try:
            one.organization.connection = one.cluster.connect(one.database)
            return one.organization.choose()
        except psycopg2.OperationalError:
            assert time.monotonic() < end, one.cluster.log()
            time.sleep(0.02)


def test_a_hot_customer_far_from_its_limit_is_counted_exactly(company):
    one = company(quota=10**6, sessions=16, quantity=7)
    one.crowd.run(3000)
    assert one.crowd.allowed == 3000
    assert one.used == one.logged == 21000
    one.sound()


def test_a_hot_customer_stops_at_its_limit_whatever_it_takes_at_once(company):
    one = company(quota=10_000, sessions=16, quantity=7)
    one.crowd.run(1600)
    assert one.crowd.allowed == 1428  # 1428 * 7 = 9996
    assert one.used == one.logged == 9996
    one.sound()


def test_after_a_cancellation_commits_nobody_is_allowed(company):
    one = company(quota=None, sessions=16)
    canceled = one.crowd.run_while(500, one.cancel, 500)
    assert one.crowd.allowed >= 500 - one.crowd.sessions  # all but those of the very moment
    later = [a for a in one.crowd.attempts if a.started > canceled]
    assert later and not any(a.allowed for a in later)
    one.sound()


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
def test_a_running_transaction_learns_of_a_cancellation_with_its_next_snapshot(company, isolation):
    one = company()
    check = "SELECT billing.check_access('cus_1', 'api')"
    connection = one.crowd.connect()
    with connection.cursor() as cursor:
        cursor.execute(check)  # whatever a session keeps, it keeps from here
        cursor.execute(f"BEGIN ISOLATION LEVEL {isolation}")
        cursor.execute(check)
        assert cursor.fetchone() == (True,)
        one.cancel()
        cursor.execute(check)
        assert cursor.fetchone() == (isolation == "REPEATABLE READ",)
        cursor.execute("ROLLBACK")
        cursor.execute(check)
        assert cursor.fetchone() == (False,)
    connection.close()
