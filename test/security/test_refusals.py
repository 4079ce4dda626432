"""Who may not read is refused whatever the tables hold: a refusal does not tell a full table from an empty one."""

from __future__ import annotations

import json

import pytest

from catalogue_walk import relations
from postgrest.tenant import Tenant
from stage import Actor, Stage

NOTHING = "00000000-0000-0000-0000-000000000000"
SHAPES = (
    "SELECT * FROM {view}",
    "SELECT count(*) FROM {view}",
    "SELECT max(organization_id::text) FROM {view}",
    "SELECT organization_id, count(*) FROM {view} GROUP BY 1",
    "SELECT organization_id FROM {view} ORDER BY organization_id LIMIT 1",
    f"SELECT organization_id FROM {{view}} WHERE organization_id = '{NOTHING}'",
    "SELECT EXISTS (SELECT FROM {view})",
    "SELECT 1 WHERE NOT EXISTS (SELECT FROM {view})",
    "SELECT 1 WHERE 1 NOT IN (SELECT 1 FROM {view})",
    "SELECT 1 FROM {view} AS a JOIN {view} AS b USING (organization_id)",
    "SELECT 1 FROM {view} AS a JOIN billing.customers AS b USING (organization_id)",
    "SELECT 1 FROM billing.customers AS a LEFT JOIN {view} AS b USING (organization_id)",
    "SELECT 1 FROM {view} AS a FULL JOIN billing.customers AS b USING (organization_id)",
    "SELECT 1 FROM (VALUES (1)) AS v (n) LEFT JOIN {view} ON true",
    "SELECT 1 FROM billing.customers AS a LEFT JOIN LATERAL"
    " (SELECT json_agg(b) FROM {view} AS b WHERE b.organization_id = a.organization_id) AS b ON true",
    "SELECT organization_id FROM {view} UNION ALL SELECT organization_id FROM billing.customers",
    "SELECT organization_id FROM billing.customers EXCEPT SELECT organization_id FROM {view}",
    "WITH found AS MATERIALIZED (SELECT * FROM {view}) SELECT count(*) FROM found",
    "SELECT (SELECT json_agg(t) FROM {view} AS t)",
    "SELECT query_to_xml('SELECT * FROM {view}', true, false, '')",
    "COPY (SELECT * FROM {view}) TO STDOUT",
    "DECLARE c CURSOR FOR SELECT * FROM {view}; FETCH c",
    "DEALLOCATE ALL; PREPARE p AS SELECT * FROM {view}; EXECUTE p",
)
WRITES = (
    "UPDATE billing.customers SET name = name",
    f"UPDATE billing.customers SET name = name WHERE id = '{NOTHING}' RETURNING id",
    "DELETE FROM billing.customers",
    f"DELETE FROM billing.customers WHERE id = '{NOTHING}' RETURNING id",
)
REFUSALS = {
    "key that uses": ("PT403", "this needs the scope read"),
    "request that chose none": ("PT400", "no organization was chosen"),
    "back end that chose none": ("PT400", "no organization was chosen"),
}


def actors(usage_key: dict) -> dict[str, Actor]:
    return {"key that uses": Actor("key that uses", "billing_anon", usage_key),
            "request that chose none": Actor("request that chose none", "billing_api"),
            "back end that chose none": Actor("back end that chose none", "billing_service")}


@pytest.fixture(scope="module")
def empty(cluster):
    """A database in which no view has a row of anybody, and the planner knows it."""
    connection = cluster.connect(cluster.new_database())
    keyed = actors(Tenant(connection, "Nothing").with_key("usage"))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    yield connection, keyed
    connection.close()


def views_of(connection) -> list[str]:
    with connection.cursor() as cursor:
        return [str(one) for one in relations(cursor) if one.schema == "billing"]


def answers(connection, actor: Actor, attempts: list[str]) -> dict[str, tuple]:
    with Stage(connection) as stage:
        stage.cursor.execute("SET LOCAL billing.organization_id = ''")
        stage.enter(actor)
        return {one: stage.answer(one) for one in attempts}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_does_not_depend_on_what_is_there(empty, world, name):
    connection, keyed = empty
    reads = [one.format(view=view) for view in views_of(connection) for one in SHAPES]
    of_empty = answers(connection, keyed[name], reads + list(WRITES))
    of_full = answers(world.connection, actors(world.alpha.with_key("usage"))[name], reads + list(WRITES))
    assert of_empty == of_full
    assert {answer[1:3] for answer in of_empty.values()} == {REFUSALS[name]}


@pytest.mark.parametrize("name", REFUSALS)
def test_no_rows_asked_for_are_none_whatever_is_there(empty, world, name):
    attempts = [f"SELECT * FROM {view} LIMIT 0" for view in views_of(world.connection)]
    connection, keyed = empty
    assert answers(connection, keyed[name], attempts) == answers(
        world.connection, actors(world.alpha.with_key("usage"))[name], attempts)


def plan_of(stage: Stage, sql: str) -> dict:
    stage.cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
    found = stage.cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def test_who_may_read_finds_rows_by_an_index(world):
    """The condition of the view stands above the scan, once, and takes no index away from it."""
    with Stage(world.connection) as stage:
        stage.enter(world.actors["key that reads"])
        stage.cursor.execute("SET LOCAL enable_seqscan = off")
        for view in views_of(world.connection):
            gate = plan_of(stage, f"SELECT * FROM {view} AS t")
            assert (gate["Node Type"], "current_organization" in gate["One-Time Filter"]) == ("Result", True), view
            scan = [one for one in gate["Plans"] if one["Parent Relationship"] == "Outer"][0]
            while "Index Cond" not in scan:
                scan = scan["Plans"][0]
            assert "organization_id =" in scan["Index Cond"] and "current_organization" not in scan.get("Filter", ""), view
