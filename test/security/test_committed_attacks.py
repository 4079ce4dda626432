"""The same attempts once more, each in a transaction of its own that is committed, from real logins."""

from __future__ import annotations

import psycopg2
import pytest

from arguments import calls
from catalogue_walk import functions, relations
from commands import COLUMN_WRITES, WRITES
from session import Session
from stage import UUID, fingerprint
from test_function_isolation import ACROSS
from test_tenant_isolation import attempts_on
from twin_fixtures import World


@pytest.fixture
def world(cluster):
    """One for each test: what is written stays."""
    connection = cluster.connect(cluster.new_database())
    yield World(connection)
    connection.close()


def attempts(world, without=()) -> list[str]:
    with world.connection.cursor() as cursor:
        views = [one for one in relations(cursor) if one.schema == "billing"]
        found = [one for one in functions(cursor) if one.name not in without]
    return [command for view in views for command in attempts_on(world, view, WRITES, COLUMN_WRITES)] + [
        call for function in found for call in calls(function, world.own, world.foreign)]


def attack(world, session, begin, attempts) -> None:
    """Every attempt, and what must hold afterwards."""
    # What an attempt brings may come back in a later one.
    untold = world.secrets - {id for attempt in attempts for id in UUID.findall(attempt)}
    assert untold
    theirs, own = fingerprint(world.connection, world.omega), fingerprint(world.connection, world.alpha)
    for attempt in attempts:
        session.run("BEGIN")
        begin()
        try:
            answer = session.run(attempt)
        except psycopg2.Error as error:
            answer = [str(error)]
        session.run("COMMIT")
        assert not untold & set(UUID.findall(repr(answer))), attempt
    session.close()
    assert fingerprint(world.connection, world.omega) == theirs
    assert fingerprint(world.connection, world.alpha) != own, "nothing was written at all"


def test_requests_that_commit_change_nothing_of_anybody_else(cluster, world):
    session = Session(cluster.url(world.connection.info.dbname, "billing_authenticator"))
    headers = world.actors["key that may everything"].headers

    def begin():
        session.show(headers)
        session.run("SELECT billing.pre_request()")

    attack(world, session, begin, attempts(world, {"pre_request"}))


def test_a_back_end_that_commits_changes_nothing_of_anybody_else(cluster, world):
    with world.connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS a_back_end")
        cursor.execute("CREATE ROLE a_back_end LOGIN IN ROLE billing_service")
    session = Session(cluster.url(world.connection.info.dbname, "a_back_end"))
    attack(world, session, lambda: session.run("SELECT billing.use_organization(%s)", str(world.alpha.id)),
           attempts(world, {"pre_request", *ACROSS}))
