"""From end to end: a client over TLS, nginx, the stand-in of PostgREST as postgrest.conf tells it, the database."""

from __future__ import annotations

import re

import pytest

from nginx import Nginx
from postgrest.fixtures import JWT_SECRET
from postgrest.http_server import HttpServer
from postgrest.postgrest import Postgrest
from postgrest_config import read
from test_nginx_errors import enveloped

NOBODY = "0190f3a2-7c1e-7cc0-8000-000000000001"


@pytest.fixture(scope="module")
def api(cluster, database):
    settings = read()
    made = Postgrest(cluster.url(database, "billing_authenticator"), JWT_SECRET, schema=settings["db-schemas"],
                     anon=settings["db-anon-role"], pre_request=settings["db-pre-request"])
    yield made
    made.close()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, api, worker):
    server = HttpServer(api)
    made = Nginx(tmp_path_factory.mktemp("nginx"), server.port, worker.port,
                 {"proxy_read_timeout 20s": "proxy_read_timeout 20s"})
    yield made
    made.stop()
    server.close()


@pytest.fixture
def ada(client, one):
    """A customer of the first organization, as her creation answered her."""
    got = client.request("POST", "/customers", {**one.with_key("write"), "Prefer": "return=representation"},
                         {"email": "ada@example.com", "external_id": "ada"})
    assert got.status == 201
    return got.json[0]


def test_a_customer_lives_under_her_own_address(client, one, ada):
    path, key = f"/customers/{ada['id']}", one.with_key("write")
    got = client.request("GET", path, key)
    assert (got.status, got.json["email"]) == (200, "ada@example.com")
    got = client.request("PATCH", path, key, {"name": "Ada"})
    assert (got.status, got.json["name"], got.json["external_id"]) == (200, "Ada", "ada")
    got = client.request("DELETE", path, key)
    assert got.status == 200 and got.json["archived_at"] is not None
    assert client.request("GET", f"{path}?select=name", key).json == {"name": "Ada"}


def test_a_customer_is_found_by_the_id_that_stripe_gave(client, one):
    one.customer("cus_bea", "bea@example.com")
    got = client.request("GET", "/customers/cus_bea?select=email,subscriptions(*)", one.with_key())
    assert (got.status, got.json) == (200, {"email": "bea@example.com", "subscriptions": []})


def test_a_key_is_taken_as_bearer_too(client, one, ada):
    key = one.key("read")
    got = client.request("GET", "/customers?select=email", {"Authorization": f"Bearer {key}"})
    assert (got.status, got.json) == (200, [{"email": "ada@example.com"}])
    both = {"Authorization": f"Bearer {key}", "X-Api-Key": key}
    enveloped(client.request("GET", "/customers", both), 401, "unauthenticated")


def test_a_user_comes_with_a_token(client, one, ada):
    one.member("ulla")
    got = client.request("GET", f"/customers/{ada['id']}", one.as_user("ulla", JWT_SECRET))
    assert (got.status, got.json["external_id"]) == (200, "ada")
    wrong = client.request("GET", "/customers", one.as_user("ulla", "another secret of thirty-two characters"))
    assert enveloped(wrong, 401, "unauthenticated") == "the token is not valid"


def test_another_organizations_customer_is_as_unknown_as_nobody(client, two, ada):
    key = two.with_key("write")
    for method in ("GET", "PATCH", "DELETE"):
        told = [enveloped(client.request(method, path, key, {"name": "x"} if method == "PATCH" else None),
                          404, "not_found", path) for path in (f"/customers/{ada['id']}", f"/customers/{NOBODY}")]
        assert told[0] == told[1]


def test_a_write_that_finds_no_row_changes_none(client, one, ada):
    path = f"/customers/{ada['id']}?email=eq.other@example.com"
    enveloped(client.request("DELETE", path, one.with_key("write")), 404, "not_found", f"/customers/{ada['id']}")
    assert client.request("GET", f"/customers/{ada['id']}", one.with_key()).json["archived_at"] is None


def test_bad_values_name_their_fields(client, one):
    got = client.request("POST", "/customers", one.with_key("write"), {"email": "no address", "metadata": {"a[b]": 1}})
    assert got.status == 400 and got.json["code"] == "validation_failed"
    assert sorted(e["field"].split(".")[0] for e in got.json["errors"]) == ["email", "metadata"]


def test_a_field_may_have_any_letters(client, one):
    got = client.request("POST", "/customers", one.with_key("write"), {"email": "a@example.com", "metadata": {"größe": [1]}})
    assert (got.status, got.reason, got.json["errors"][0]["field"]) == (400, "Bad Request", "metadata.größe")


def test_what_a_caller_chose_splits_no_answer(client, one):
    got = client.request("POST", "/customers", one.with_key("write"),
                         {"email": "a@example.com", "metadata": {"a\r\nX-Evil: 1\r\n": [1]}})
    assert (got.status, got.json["code"]) == (400, "validation_failed")
    assert "x-evil" not in {name.lower() for name in got.headers}


def test_a_taken_external_id_is_a_conflict_that_names_it(client, one, ada):
    got = client.request("POST", "/customers", one.with_key("write"),
                         {"email": "b@example.com", "external_id": "ada"})
    assert (got.status, got.json["code"]) == (409, "conflict")
    assert [e["field"] for e in got.json["errors"]] == ["external_id"]


def test_who_may_not_is_told_so(client, one):
    enveloped(client.request("GET", "/customers"), 401, "unauthenticated")
    enveloped(client.request("GET", "/customers", {"X-Api-Key": "pgb_" + "0" * 57}), 401, "unauthenticated")
    enveloped(client.request("POST", "/customers", one.with_key("read"), {"email": "x@example.com"}), 403, "forbidden")
    got = client.request("GET", "/rpc/mrr", {**one.with_key("read"), "X-Organization-Id": NOBODY})
    assert got.status in (401, 403)


def test_what_postgrest_refuses_is_told_in_the_same_form(client, one, ada):
    key = one.with_key("read")
    for path, status, code in (("/rpc/no_such", 404, "not_found"), ("/no_such", 404, "not_found"),
                               ("/customers?created_at=gt.never", 400, "validation_failed"),
                               ("/customers?email=is.odd", 400, "validation_failed"),
                               ("/rpc/mrr?granularity=fortnight", 400, "validation_failed")):
        got = client.request("GET", path, key)
        assert (got.status, got.json["code"]) == (status, code)
    got = client.request("GET", "/rpc/track_usage?customer=ada&feature_key=y", one.with_key("usage"))
    enveloped(got, 405, "method_not_allowed", "/rpc/track_usage")


def test_an_internal_error_is_an_id(client, cluster, database, one):
    key = one.with_key("admin")
    cluster.psql(database, "ALTER TABLE billing_internal.members RENAME COLUMN role TO rank")
    try:
        got = client.request("GET", "/rpc/list_members", key)
    finally:
        cluster.psql(database, "ALTER TABLE billing_internal.members RENAME COLUMN rank TO role")
    message = enveloped(got, 500, "internal_error", "/rpc/list_members")
    id = re.fullmatch(r"internal error ([0-9a-f-]{36})", message)[1]
    assert id in cluster.log() and b"rank" not in got.body and b"role" not in got.body


def test_requests_of_many_are_served(nginx, one):
    """Each on a connection of its own, one after another and again on a kept one."""
    key = one.with_key("read")
    for _ in range(20):
        client = nginx.client()
        assert [client.request("GET", "/customers", key).status for _ in range(3)] == [200] * 3
        client.close()
