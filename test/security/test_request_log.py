"""The request log: one JSON line for a request, with ids and no secret."""

from __future__ import annotations

import json

import pytest

from cluster import Cluster
from postgrest.fixtures import JWT_SECRET
from postgrest.postgrest import Postgrest, token
from session import Session


@pytest.fixture(scope="module")
def cluster():
    made = Cluster(**{"billing.log_requests": "on", "log_line_prefix": ""})
    yield made
    made.destroy()


@pytest.fixture
def lines(cluster):
    """lines(): what the log has got since the last call."""
    seen = 0

    def new() -> list[dict]:
        nonlocal seen
        text = cluster.log()
        found = [json.loads(line.removeprefix("LOG:").strip()) for line in text[seen:].splitlines()
                 if line.startswith('LOG:  {"event":"request"')]
        seen = len(text)
        return found

    new()
    return new


def test_a_request_is_one_line_with_who_what_and_how_it_ended(api, one, lines):
    key = one.key("read")
    api.request("GET", "/customers?email=eq.ada@example.com", {"X-Api-Key": key})
    (line,) = lines()
    duration = line.pop("duration_ms")
    assert 0 < duration < 60_000
    assert line == {"event": "request", "organization_id": str(one.id), "key": key[:12], "method": "GET",
                    "path": "/customers", "slow": False, "outcome": "commit"}


def test_a_user_is_named_by_its_subject(api, one, lines):
    one.member('o"brien\\')
    api.request("POST", "/rpc/mrr", one.as_user('o"brien\\', JWT_SECRET))
    (line,) = lines()
    assert (line["user"], line["method"], line["path"]) == ('o"brien\\', "POST", "/rpc/mrr")
    assert "key" not in line


def test_a_refused_request_has_its_status(api, one, lines):
    key = one.key("read")
    for path, headers, status, sqlstate in (
            ("/rpc/list_api_keys", {"X-Api-Key": key}, 403, "PT403"),
            ("/customers", {"X-Api-Key": key[:-1] + "-"}, 401, "PT401"),
            ("/customers", {}, 401, "42501"),
            ("/rpc/stats", {"X-Api-Key": key}, 401, "42501"),
            ("/rpc/stats", {"Authorization": "Bearer " + token({"sub": "a", "role": "billing_api"}, JWT_SECRET)},
             403, "42501"),
            ("/rpc/get_usage?customer=nobody&feature_key=x", {"X-Api-Key": key}, 404, "PT404"),
            ("/customers?created_at=gt.never", {"X-Api-Key": key}, None, "22007")):
        answer = api.request("GET", path, headers)
        (line,) = lines()
        assert (line.get("status"), line["sqlstate"], line["outcome"]) == (status, sqlstate, "abort")
        assert status in (None, answer.status)


def test_no_secret_and_no_personal_data_is_logged(api, one, cluster, lines):
    key = one.key("admin")
    made = api.request("POST", "/rpc/rotate_api_key", {"X-Api-Key": key}, {"id": str(one.key_id(key))})
    api.request("GET", "/customers?email=eq.ada@example.com", {"X-Api-Key": key})
    api.request("GET", "/customers", {"X-Api-Key": "not even a key"})
    api.request("GET", "/customers", {"X-Api-Key": key, **one.as_user("u", JWT_SECRET)})
    assert len(lines()) == 4
    log = cluster.log()
    for secret in (key[12:], made.json["key"][12:], "ada@", "not even", JWT_SECRET):
        assert secret not in log


def test_a_slow_request_is_marked_and_logged_by_itself(cluster, database, one, lines):
    cluster.psql(database, f"ALTER DATABASE {database} SET billing.log_requests = off")
    try:
        for threshold, slow in ((0, True), (-1, None), (1_000_000, None)):
            cluster.psql(database, f"ALTER DATABASE {database} SET billing.slow_request_ms = {threshold}")
            api = Postgrest(cluster.url(database, "billing_authenticator"), JWT_SECRET)
            assert api.request("GET", "/customers", one.with_key("read")).status == 200
            api.close()
            found = lines()
            assert [line["slow"] for line in found] == ([True] if slow else [])
    finally:
        cluster.psql(database, f"ALTER DATABASE {database} RESET ALL")


def test_nobody_turns_it_off_for_himself(cluster, database, one, lines):
    session = Session(cluster.url(database, "billing_authenticator"))
    with session.request(one.with_key("read")):
        assert session.attempt("SET LOCAL billing.log_requests = off") == "42501"
        assert session.attempt("SET LOCAL billing.slow_request_ms = -1") == "42501"
        session.attempt("SET LOCAL client_min_messages = debug5")
    session.close()
    assert len(lines()) == 1
    assert not [n for n in session.raw.notices if "organization_id" in n]


def test_long_and_odd_paths_stay_one_line(cluster, database, one, lines):
    session = Session(cluster.url(database, "billing_authenticator"))
    for path in ("/" + "é" * 500, '/a"b\\c\nd', "/" + "\x01" * 300):
        session.run("BEGIN")
        session.run("SELECT set_config('request.path', %s, true)", path)
        with_key = one.with_key("read")
        session.show(with_key)
        session.run("SELECT billing.pre_request()")
        session.run("COMMIT")
        (line,) = lines()
        assert path.startswith(line["path"]) and len(line["path"].encode()) <= 200
    session.close()


def test_a_request_that_is_cut_off_is_logged_as_aborted(cluster, database, one, lines):
    session = Session(cluster.url(database, "billing_authenticator"))
    session.run("BEGIN")
    session.show(one.with_key("read"))
    session.run("SELECT billing.pre_request()")
    assert session.attempt("SET LOCAL statement_timeout = 1") == []
    session.run("SAVEPOINT s")
    assert session.attempt("SELECT pg_sleep(10)") == "57014"
    session.run("ROLLBACK")
    session.close()
    (line,) = lines()
    assert (line["outcome"], line["sqlstate"]) == ("abort", "57014")
