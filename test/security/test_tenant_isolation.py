"""Whatever a relation is asked, by whatever role: nothing of another organization is in the answer.

Two proofs for each attempt. It answers the same, to the last word of an error, when the other
organization does not exist; and no id or word that the other one has alone is in the answer.
"""

from __future__ import annotations

import pytest

from catalogue_walk import relations, tenant_column
from commands import COLUMN_READS, COLUMN_WRITES, LEAK, OWNERS, READS, WARNED, WRITES, commands
from stage import Stage, rows_of
from twin_fixtures import ACTORS
from walls import differences


def attempts_on(world, relation, *lists) -> list[str]:
    tenant = tenant_column(relation) or relation.columns[0]
    return [command for templates in lists
            for command in commands(templates, relation, tenant, world.alpha.id, world.omega.id)]


@pytest.fixture(scope="module")
def found(world):
    with world.connection.cursor() as cursor:
        cursor.execute(LEAK)
        return relations(cursor)


def of_schema(found, schema):
    return [relation for relation in found if relation.schema == schema]


def test_every_table_holds_rows_of_both(world, found):
    for relation in of_schema(found, "billing_internal"):
        for twin in (world.alpha, world.omega) if "organization_id" in relation.columns else ():
            assert twin.rows(relation.name), f"{relation} has no row of {twin.word}"


@pytest.mark.parametrize("name", ["key that reads", "member", "back end"])
def test_views_show_all_of_their_own(world, found, name):
    """Or the proofs below would be of nothing."""
    views = of_schema(found, "billing")
    own = {}
    with world.connection.cursor() as cursor:
        for view in views:
            cursor.execute(f"SELECT t FROM {rows_of(view, world.alpha)}")
            own[view] = sorted(map(repr, cursor.fetchall()))
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        for view in views:
            assert own[view] and stage.answer(f"SELECT t FROM {view} AS t") == ("rows", *own[view]), view


@pytest.mark.parametrize("name", ACTORS)
def test_nobody_has_a_name_for_a_table(world, found, name):
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        for relation in of_schema(found, "billing_internal"):
            for command in attempts_on(world, relation, READS, WRITES, OWNERS, WARNED):
                assert stage.answer(command)[:2] == ("error", "42501"), command


@pytest.mark.parametrize("name", ACTORS)
def test_views_answer_as_if_nobody_else_were_there(world, found, name):
    attempts = [command for relation in of_schema(found, "billing")
                for command in attempts_on(world, relation, READS, WRITES, COLUMN_READS, COLUMN_WRITES)]
    assert not differences(world, name, attempts)


@pytest.mark.parametrize("name", ACTORS)
def test_views_belong_to_their_owner(world, found, name):
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        for relation in of_schema(found, "billing"):
            for command in attempts_on(world, relation, OWNERS):
                assert stage.answer(command)[0] == "error", command
