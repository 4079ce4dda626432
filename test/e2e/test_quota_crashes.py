"""Sessions and servers that die while many consume lose and double nothing that was committed."""

from __future__ import annotations

import os
import signal
import time

import psycopg2
from crowd import PATIENCE
from quota_company import Company

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


def test_after_a_crash_the_counter_equals_the_committed_log(company):
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
