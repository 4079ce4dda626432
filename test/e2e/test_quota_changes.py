"""Whatever changes while many consume: never more than the quota that stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from clock import ClockedCluster
from quota_company import GRANT, START, Company


@pytest.fixture(scope="module")
def clocked():
    made = ClockedCluster(START + timedelta(days=1))
    yield made
    made.destroy()


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
