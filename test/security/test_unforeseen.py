"""What nobody foresaw: a request is told an id, the log has the rest; back ends see it all."""

from __future__ import annotations

import json
import re

import psycopg2
import pytest

from session import Session

# Breaks functions from below: each takes away something that a function of ours relies on.
DAMAGES = {
    "/rpc/list_members": ("ALTER TABLE billing_internal.members RENAME COLUMN role TO rank",
                          "ALTER TABLE billing_internal.members RENAME COLUMN rank TO role"),
    "/rpc/list_features": ("ALTER TABLE billing_internal.features RENAME TO gone",
                           "ALTER TABLE billing_internal.gone RENAME TO features"),
}


@pytest.fixture(params=DAMAGES)
def broken(request, cluster, database):
    harm, repair = DAMAGES[request.param]
    cluster.psql(database, harm)
    yield request.param
    cluster.psql(database, repair)


def test_a_request_gets_an_id_and_nothing_else(api, cluster, one, broken):
    headers = one.with_key("read", "admin")
    answer = api.request("GET", broken, headers)
    assert (answer.status, answer.json["code"]) == (500, "PT500")
    id = re.fullmatch(r"internal error ([0-9a-f-]{36})", answer.json["message"])[1]
    assert json.loads(answer.json["details"]) == {"code": "internal_error", "errors": [], "id": id}
    for word in ("column", "relation", "billing_internal", "members", "features"):
        assert word not in answer.text
    (line,) = [line for line in cluster.log().splitlines() if id in line and "LOG:" in line]
    assert "does not exist" in line


def test_the_log_is_for_the_server_alone(cluster, database, one, broken):
    session = Session(cluster.url(database, "billing_authenticator"))
    with pytest.raises(psycopg2.Error):
        with session.request(one.with_key("read", "admin")):
            session.run("SET LOCAL client_min_messages = debug5")
            session.run(f"SELECT * FROM billing.{broken.removeprefix('/rpc/')}()")
    assert not [notice for notice in session.raw.notices if "internal error" in notice]
    session.close()


def test_each_failure_has_its_own_id(api, one, broken):
    headers = one.with_key("read", "admin")
    assert api.request("GET", broken, headers).text != api.request("GET", broken, headers).text


def test_a_back_end_sees_the_original(cluster, database, one, broken):
    name = broken.removeprefix("/rpc/")
    with pytest.raises(psycopg2.Error) as caught:
        one.run(f"SELECT * FROM billing.{name}()")
    assert caught.value.pgcode in ("42703", "42P01")


def test_pre_request_itself_hides_what_it_meets(cluster, database, api, one):
    headers = one.with_key("read")
    cluster.psql(database, "ALTER TABLE billing_internal.api_keys RENAME TO gone")
    try:
        answer = api.request("GET", "/customers", headers)
    finally:
        cluster.psql(database, "ALTER TABLE billing_internal.gone RENAME TO api_keys")
    assert (answer.status, answer.json["code"]) == (500, "PT500")
    assert "api_keys" not in answer.text
    assert api.request("GET", "/customers", headers).status == 200


def test_what_a_caller_can_bring_about_keeps_its_code(cluster, database, one):
    session = Session(cluster.url(database, "billing_authenticator"))
    with session.request(one.with_key("read", "usage")):
        assert session.attempt("SELECT billing.explain_mrr('x')") == "22P02"
        assert session.attempt("SELECT billing.install()") == "42501"
        session.run("SET LOCAL transaction_read_only = on")
        assert session.attempt("SELECT billing.track_usage('nobody', 'calls', 0)") == "PT400"
    session.close()


def test_a_cancel_stays_a_cancel(cluster, database, admin, one):
    session = Session(cluster.url(database, "billing_authenticator"))
    with admin.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE billing_internal.features IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(psycopg2.Error) as caught:
            with session.request(one_key(cluster, database, one)):
                session.run("SET LOCAL statement_timeout = 50")
                session.run("SELECT * FROM billing.list_features()")
        assert caught.value.pgcode == "57014"
        with pytest.raises(psycopg2.Error) as caught:
            with session.request(one_key(cluster, database, one)):
                session.run("SET LOCAL lock_timeout = 50")
                session.run("SELECT * FROM billing.list_features()")
        assert caught.value.pgcode == "55P03"
        cursor.execute("ROLLBACK")
    session.close()


def one_key(cluster, database, tenant) -> dict:
    """Made on a connection of its own: the tenant's holds a lock."""
    maker = Session(cluster.url(database))
    maker.run("SELECT set_config('billing.organization_id', %s, false)", str(tenant.id))
    key = maker.value("SELECT key FROM billing.create_api_key('test')")
    maker.close()
    return {"X-Api-Key": key}
