"""The stand-in of PostgREST itself: requests become statements as PostgREST makes them.

On a schema of its own, so that nothing here depends on ours.
"""

from __future__ import annotations

import pytest

from postgrest.postgrest import Postgrest

SCHEMA = """
    CREATE SCHEMA shop_internal;
    CREATE SCHEMA shop;
    CREATE TABLE shop_internal.people (tenant int, id int, name text, born date, tags text[], PRIMARY KEY (tenant, id));
    CREATE TABLE shop_internal.orders (tenant int, id int, person_id int, total int, PRIMARY KEY (tenant, id),
        FOREIGN KEY (tenant, person_id) REFERENCES shop_internal.people (tenant, id));
    CREATE TABLE shop_internal.lines (tenant int, id int, order_id int, what text, PRIMARY KEY (tenant, id),
        FOREIGN KEY (tenant, order_id) REFERENCES shop_internal.orders (tenant, id));
    CREATE VIEW shop.people AS SELECT * FROM shop_internal.people;
    CREATE VIEW shop.orders AS SELECT * FROM shop_internal.orders;
    CREATE VIEW shop.lines AS SELECT * FROM shop_internal.lines;
    INSERT INTO shop_internal.people VALUES (1, 1, 'Ada, "A"', '1815-12-10', '{x}'), (1, 2, 'Bob', NULL, NULL), (1, 3, 'Cy', '1990-01-01', '{}');
    INSERT INTO shop_internal.orders VALUES (1, 10, 1, 100), (1, 11, 1, 50), (1, 12, 2, 7);
    INSERT INTO shop_internal.lines VALUES (1, 100, 10, 'book');
    CREATE FUNCTION shop.add(a int, b int = 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
    CREATE FUNCTION shop.older(than date) RETURNS TABLE (id int, name text) LANGUAGE sql STABLE SECURITY DEFINER
        AS 'SELECT p.id, p.name FROM shop_internal.people AS p WHERE p.born < than ORDER BY p.id';
    CREATE FUNCTION shop.pair(OUT x int, OUT y text) LANGUAGE sql STABLE AS $$SELECT 1, 'z'$$;
    CREATE FUNCTION shop.joined(words text[]) RETURNS text LANGUAGE sql STABLE AS $$SELECT array_to_string(words, '+')$$;
    CREATE FUNCTION shop.nothing() RETURNS void LANGUAGE plpgsql VOLATILE AS 'BEGIN END';
    CREATE FUNCTION shop.grow() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
        AS 'BEGIN INSERT INTO shop_internal.lines (tenant, id) VALUES (2, 9); END';
    CREATE FUNCTION shop.teapot() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            PERFORM set_config('response.status', '418', true);
            PERFORM set_config('response.headers', '[{"X-Tea": "green"}]', true);
            RETURN 'tea';
        END $$;
    CREATE FUNCTION shop.fails(state text) RETURNS void LANGUAGE plpgsql VOLATILE
        AS $$BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'm', DETAIL = 'd', HINT = 'h'; END$$;
    CREATE FUNCTION shop.who() RETURNS json LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN json_build_object('role', current_user, 'method', current_setting('request.method'),
                'path', current_setting('request.path'), 'header', current_setting('request.headers')::json ->> 'x-one',
                'read_only', current_setting('transaction_read_only'));
        END $$;
    CREATE FUNCTION shop.limit_of_time() RETURNS text LANGUAGE sql STABLE
        AS $$SELECT current_setting('statement_timeout')$$;
    CREATE ROLE shopper; GRANT shopper TO billing_authenticator;
    ALTER ROLE shopper SET statement_timeout = '7s';
    GRANT USAGE ON SCHEMA shop TO shopper;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO shopper;
"""


@pytest.fixture(scope="module")
def shop(cluster, database):
    cluster.psql(database, SCHEMA)
    made = Postgrest(cluster.url(database, "billing_authenticator"), schema="shop", anon="shopper",
                     pre_request="")
    yield made
    made.close()


def ids(response) -> list:
    assert response.status in (200, 206), response.text
    return [row["id"] for row in response.json]


@pytest.mark.parametrize("query, expected", [
    ("id=eq.2", [2]), ("id=neq.2", [1, 3]), ("id=gt.2", [3]), ("id=gte.2", [2, 3]), ("id=lt.2", [1]),
    ("id=lte.2", [1, 2]), ("name=like.B*", [2]), ("name=ilike.b*", [2]), ("id=in.(1,3)", [1, 3]),
    ('name=in.("Ada, \\"A\\"",Cy)', [1, 3]), ("born=is.null", [2]), ("born=not.is.null", [1, 3]),
    ("id=gt.1&id=lt.3", [2]), ("order=name.desc", [3, 2, 1]), ("order=born.asc.nullsfirst,id", [2, 1, 3]),
    ("limit=1&offset=1", [2]), ("name=eq.%27%3B--", []),
])
def test_filters_order_and_pages(shop, query, expected):
    if "order" not in query:
        query += "&order=id"
    assert ids(shop.request("GET", f"/people?{query}")) == expected


def test_counts_and_ranges(shop):
    page = shop.request("GET", "/people?order=id&limit=2&offset=1", {"Prefer": "count=exact"})
    assert (page.status, page.headers["content-range"]) == (206, "1-2/3")
    whole = shop.request("GET", "/people", {"Prefer": "count=exact"})
    assert (whole.status, whole.headers["content-range"]) == (200, "0-2/3")
    uncounted = shop.request("GET", "/people?id=gt.5")
    assert (uncounted.status, uncounted.headers["content-range"]) == (200, "*/*")


def test_embedding_follows_foreign_keys_both_ways(shop):
    rows = shop.request("GET", "/people?select=name,bought:orders(id,lines(what))&id=eq.1").json
    assert rows == [{"name": 'Ada, "A"', "bought": [{"id": 10, "lines": [{"what": "book"}]},
                                                    {"id": 11, "lines": []}]}]
    assert shop.request("GET", "/orders?select=id,people(name)&id=eq.12").json == [
        {"id": 12, "people": {"name": "Bob"}}]
    assert shop.request("GET", "/people?select=lines(*)").status == 400


def test_one_row_is_an_object_or_nothing_is_done(shop):
    single = {"Accept": "application/vnd.pgrst.object+json", "Prefer": "return=representation"}
    assert shop.request("GET", "/people?select=name&id=eq.2", single).json == {"name": "Bob"}
    for method, rows in (("GET", "id=eq.9"), ("GET", "id=lt.3"), ("DELETE", "id=eq.9")):
        refused = shop.request(method, f"/people?{rows}", single)
        assert (refused.status, refused.json["code"]) == (406, "PGRST116")
    assert shop.request("PATCH", "/people?id=eq.3", single, {"name": "Cy"}).json["name"] == "Cy"
    refused = shop.request("PATCH", "/people?id=gt.1", single, {"name": "all"})
    assert (refused.status, refused.json["details"]) == (406, "The result contains 2 rows")
    assert [row["name"] for row in shop.request("GET", "/people?id=gt.1&order=id").json] == ["Bob", "Cy"]


def test_functions_are_called_by_get_and_by_post(shop):
    assert shop.request("GET", "/rpc/add?a=2").json == 3
    assert shop.request("POST", "/rpc/add", body={"a": 2, "b": 5}).json == 7
    assert shop.request("GET", "/rpc/older?than=1900-01-01").json == [{"id": 1, "name": 'Ada, "A"'}]
    assert shop.request("GET", "/rpc/older?than=2000-01-01&order=id.desc&limit=1").json == [
        {"id": 3, "name": "Cy"}]
    assert shop.request("GET", "/rpc/older?than=2000-01-01&name=eq.Cy").json == [{"id": 3, "name": "Cy"}]
    assert shop.request("GET", "/rpc/pair").json == {"x": 1, "y": "z"}
    assert shop.request("POST", "/rpc/joined", body={"words": ["a", 'b"c']}).json == 'a+b"c'
    assert shop.request("POST", "/rpc/nothing").status == 204
    assert shop.request("GET", "/rpc/add?c=2").status == 404


def test_reads_are_read_only(shop):
    assert shop.request("GET", "/rpc/grow").status == 405
    assert shop.request("POST", "/rpc/grow").status == 204
    for method in ("GET", "POST"):
        who = shop.request(method, "/rpc/who", {"X-One": "1"}).json
        assert who == {"role": "shopper", "method": method, "path": "/rpc/who", "header": "1",
                       "read_only": "on"}


def test_a_request_has_the_settings_of_its_role(shop):
    assert shop.request("GET", "/rpc/limit_of_time").json == "7s"


def test_rows_are_written(shop):
    made = shop.request("POST", "/orders?select=id", {"Prefer": "return=representation"},
                        {"tenant": 1, "id": 20, "person_id": 3, "total": 1})
    assert (made.status, made.json) == (201, [{"id": 20}])
    assert shop.request("PATCH", "/orders?id=eq.20", body={"total": 5}).status == 204
    changed = shop.request("PATCH", "/orders?id=eq.20", {"Prefer": "return=representation"}, {"id": 21})
    assert (changed.status, changed.json[0]["total"], changed.json[0]["id"]) == (200, 5, 21)
    gone = shop.request("DELETE", "/orders?id=eq.21", {"Prefer": "return=representation"})
    assert (gone.status, ids(gone)) == (200, [21])
    many = shop.request("POST", "/orders", body=[{"tenant": 1, "id": 30}, {"tenant": 1, "id": 31}])
    assert (many.status, many.text) == (201, "")
    assert shop.request("DELETE", "/orders?id=in.(30,31)").status == 204
    assert shop.request("POST", "/orders", body={"nothing": 1}).status == 400
    assert shop.request("POST", "/orders", body="{").status == 400


@pytest.mark.parametrize("state, status", [
    ("PT418", 418), ("P0001", 400), ("23505", 409), ("42501", 401), ("25006", 405), ("40001", 500),
    ("53300", 503), ("57014", 500), ("22023", 400),
])
def test_errors_have_four_keys_and_a_fitting_status(shop, state, status):
    answer = shop.request("POST", "/rpc/fails", body={"state": state})
    assert answer.status == status
    assert answer.json == {"code": state, "message": "m", "details": "d", "hint": "h"}


def test_a_call_sets_status_and_headers(shop):
    answer = shop.request("POST", "/rpc/teapot")
    assert (answer.status, answer.headers["x-tea"], answer.json) == (418, "green", "tea")


def test_a_failed_request_leaves_nothing_behind(shop):
    assert shop.request("POST", "/rpc/fails", body={"state": "P0001"}).status == 400
    assert shop.request("GET", "/rpc/add?a=1").json == 2


def test_unknown_paths_are_refused(shop):
    for path in ("/", "/nowhere", "/people/1", "/rpc/nowhere", "/rpc/add/1"):
        assert shop.request("GET", path).status == 404
