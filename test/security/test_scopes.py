"""What each scope opens, through PostgREST and in SQL: nothing else does."""

from __future__ import annotations

import json

import pytest

from postgrest.fixtures import JWT_SECRET
from postgrest.postgrest import token
from session import Session

ANY = "00000000-0000-7000-8000-000000000000"
# A request that each scope is needed for, and what it answers where it is allowed.
REQUESTS = {
    "read": [("GET", "/customers", None, 200), ("GET", "/rpc/mrr", None, 200), ("POST", "/rpc/mrr", {}, 200),
             ("GET", "/rpc/current_organization", None, 200),
             ("GET", "/rpc/top_customers", None, 200), ("GET", "/rpc/list_features", None, 200)],
    "check": [("GET", f"/rpc/check_access?customer_id={ANY}&feature_key=x", None, 200),
              ("POST", "/rpc/check_access", {"customer": "nobody", "feature_key": "x"}, 200),
              ("POST", "/rpc/check_access_many", {"customer_id": ANY, "feature_keys": ["x"]}, 200)],
    "usage": [("POST", "/rpc/track_usage", {"customer": "nobody", "feature_key": "x"}, 200),
              ("POST", "/rpc/track_usage_many", {"usage": [{"customer": "nobody", "feature_key": "x"}]}, 200)],
    "admin": [("GET", "/rpc/list_members", None, 200), ("GET", "/rpc/list_api_keys", None, 200),
              ("POST", "/rpc/create_api_key", {"name": "x"}, 200),
              ("POST", "/rpc/add_member", {"user_id": "somebody"}, 204)],
    "any": [("GET", "/rpc/my_organizations", None, 200)],
}
OPENS = {
    ("read",): {"read", "check", "any"},
    ("write",): {"read", "check", "any"},
    ("usage",): {"check", "usage", "any"},
    ("read", "usage"): {"read", "check", "usage", "any"},
    ("admin",): {"read", "check", "usage", "admin", "any"},
}
ROLES = {"member": {"read", "check", "usage", "any"}, "admin": set(REQUESTS), "owner": set(REQUESTS)}


def expect(api, headers, opened):
    for scope, requests in REQUESTS.items():
        for method, path, body, status in requests:
            answer = api.request(method, path, headers, body)
            if scope in opened:
                assert answer.status == status, (path, answer.text)
            else:
                assert answer.status == 403, (path, answer.text)
                assert json.loads(answer.json["details"])["code"] == "forbidden"


@pytest.mark.parametrize("scopes", OPENS)
def test_a_key_opens_what_its_scopes_say(api, one, scopes):
    expect(api, one.with_key(*scopes), OPENS[scopes])


@pytest.mark.parametrize("role", ROLES)
def test_a_member_may_what_its_role_says(api, one, role):
    one.member("somebody else", role)
    expect(api, one.as_user("somebody else", JWT_SECRET), ROLES[role])


def test_a_changed_role_holds_from_the_next_request(api, one):
    one.member("ada", "admin")
    headers = one.as_user("ada", JWT_SECRET)
    assert api.request("GET", "/rpc/list_members", headers).status == 200
    one.member("ada", "member")
    assert api.request("GET", "/rpc/list_members", headers).status == 403


def test_a_key_makes_no_owner(api, one):
    refused = api.request("POST", "/rpc/add_member", one.with_key("admin"), {"user_id": "me", "role": "owner"})
    assert refused.status == 403
    assert one.value("SELECT count(*) FROM billing.list_members()") == 0


def test_functions_of_back_ends_are_closed_to_every_request(api, one):
    one.member("owner", "owner")
    # For a missing grant PostgREST says 401 if the request began as the anonymous role, else 403.
    owner = {**one.as_user("owner", JWT_SECRET),
             "Authorization": "Bearer " + token({"sub": "owner", "role": "billing_api"}, JWT_SECRET)}
    callers = ((one.with_key("read", "write", "usage", "admin"), 401), (owner, 403))
    for name, body in (("use_organization", {"organization_id": str(one.id)}), ("create_organization", {"name": "x"}),
                       ("update_organization", {"patch": {}}), ("process_events", {}), ("ingest_event", {"event": {}}),
                       ("stats", {}), ("install", {}), ("rebuild_analytics", {}), ("failed_events", {}),
                       ("record_key_use", {"organization_ids": [], "key_ids": []})):
        for headers, status in callers:
            refused = api.request("POST", f"/rpc/{name}", headers, body)
            assert (refused.status, refused.json["code"]) == (status, "42501"), name


def test_a_scope_is_not_widened_inside_a_request(cluster, database, one):
    session = Session(cluster.url(database, "billing_authenticator"))
    with session.request(one.with_key("usage")):
        for command in ("SET LOCAL ROLE billing_api", "RESET ALL", "SAVEPOINT s",
                        "SELECT set_config('billing.trusted', '', true)"):
            session.attempt(command)
            assert isinstance(session.attempt("SELECT * FROM billing.customers"), str)
            assert isinstance(session.attempt("SELECT * FROM billing.list_api_keys()"), str)
            assert isinstance(session.attempt("SELECT * FROM billing.mrr()"), str)
    session.close()


def test_scopes_hold_in_parallel_workers(cluster, database, one):
    """The setting is copied to workers; a static alone would be empty there."""
    session = Session(cluster.url(database, "billing_authenticator"))
    # Its name up to PostgreSQL 15, and from 16 on.
    force = "force_parallel_mode" if session.raw.server_version < 160000 else "debug_parallel_query"
    plan = ("SET LOCAL max_parallel_workers_per_gather = 2", "SET LOCAL parallel_setup_cost = 0",
            "SET LOCAL parallel_tuple_cost = 0", f"SET LOCAL {force} = on")
    with session.request(one.with_key("usage")):
        for setting in plan:
            session.run(setting)
        assert session.attempt("SELECT billing.current_organization()") == "PT403"
        assert session.value(f"SELECT billing.check_access('{ANY}'::uuid, 'x')") is False
    with session.request(one.with_key("read")):
        for setting in plan:
            session.run(setting)
        assert session.value("SELECT billing.current_organization()") == str(one.id)
    session.close()


def test_an_organization_left_in_the_session_is_no_ones_else(cluster, database, api, one, two):
    """A back end chose one for its session, and the connection went back to a pool."""
    session = Session(cluster.url(database))
    session.run("SELECT billing.use_organization(%s, true)", str(two.id))
    session.run("SET SESSION AUTHORIZATION billing_authenticator")
    with session.request(one.with_key("read")):
        assert session.value("SELECT billing.current_organization()") == str(one.id)
    for claims in ({}, {"role": "billing_api"}):
        with session.request({}, claims):
            session.run("SET LOCAL ROLE billing_api")
            assert session.attempt("SELECT billing.current_organization()") == "PT401"
            assert session.emails() == "PT401"
    with session.request({"X-Nothing": "1"}, {"sub": "nobody in particular"}):
        assert session.attempt("SELECT billing.current_organization()") == "PT400"
    session.close()
