"""What plans, statistics and embedded resources could tell of another organization."""

from __future__ import annotations

import json

import pytest

from catalogue_walk import relations
from postgrest.fixtures import JWT_SECRET
from postgrest.postgrest import Postgrest
from stage import Stage
from walls import leaks

READERS = ["key that reads", "key that may everything", "member", "back end"]
STATISTICS = ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs", "pg_statistic", "pg_statistic_ext_data")


@pytest.fixture(scope="module", autouse=True)
def analysed(world):
    """The planner knows the most common values, those of the other organization among them."""
    with world.connection.cursor() as cursor:
        cursor.execute("CREATE STATISTICS billing_internal.both ON email, name FROM billing_internal.customers")
        cursor.execute("ANALYZE")
        cursor.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'billing_internal' AND most_common_vals IS NOT NULL")
        assert cursor.fetchone()[0] > 100


@pytest.mark.parametrize("name", READERS)
def test_statistics_are_not_readable(world, name):
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        for table in STATISTICS:
            answer = stage.answer(f"SELECT s::text FROM {table} AS s WHERE s::text LIKE '(billing_internal,%'"
                                  f" OR s::text LIKE '%{world.omega.word}%'")
            assert answer in (("rows",), ("error", "42501", f"permission denied for table {table}", *[None] * 6)), table


@pytest.mark.parametrize("name", READERS)
def test_plans_hold_no_values_of_anybody(world, name):
    with world.connection.cursor() as cursor:
        views = [one for one in relations(cursor) if one.schema == "billing"]
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        for view in views:
            for column in view.columns:
                attempt = f"EXPLAIN (VERBOSE, ANALYZE) SELECT * FROM {view} WHERE {column} IS NOT NULL ORDER BY {column}"
                answer = stage.answer(attempt)
                assert answer[0] == "rows" and not leaks(world, attempt, answer), answer


@pytest.fixture(scope="module")
def api(cluster, world):
    made = Postgrest(cluster.url(world.connection.info.dbname, "billing_authenticator"), JWT_SECRET)
    yield made
    made.close()


def embeddings(api) -> list[str]:
    """Every view with every view that it reaches, and those that they reach."""
    links = api.known.links
    return [f"/{view}?select=*,{one.target}(*,{two.target}(*))"
            for view in links for one in links[view] for two in links.get(one.target, ())
            if two.target != view] + [f"/{view}?select=*" for view in api.known.views]


def test_embedded_resources_are_of_the_same_organization(api, world):
    headers = world.actors["key that reads"].headers
    seen = 0
    for path in embeddings(api):
        for more in ("", "&order=id.desc", f"&organization_id=eq.{world.omega.id}",
                     f"&organization_id=neq.{world.alpha.id}"):
            answer = api.request("GET", path + more, {**headers, "Prefer": "count=exact"})
            if answer.status != 200:
                assert answer.status in (300, 400), answer.text  # no one link, or no such column
                continue
            assert not leaks(world, path, (answer.text,)), path
            assert (answer.json == [] and answer.headers["content-range"] == "*/0") or "organization_id=" not in more
            seen += len(answer.json)
    assert seen > 100


def test_writes_through_views_stay_inside(api, world):
    """Rows that name the other organization are refused or land in one's own."""
    headers = {**world.actors["key that may everything"].headers, "Prefer": "return=representation"}
    for view, columns in api.known.views.items():
        body = {"organization_id": str(world.omega.id)} if "organization_id" in columns else {}
        for method, path in (("POST", f"/{view}"), ("PATCH", f"/{view}?organization_id=eq.{world.omega.id}"),
                             ("DELETE", f"/{view}?organization_id=eq.{world.omega.id}")):
            answer = api.request(method, path, headers, body)
            assert answer.status in (400, 401, 403, 405, 500) or answer.json == [], (path, answer.text)
            assert json.dumps(answer.json).count(str(world.omega.id)) == 0
