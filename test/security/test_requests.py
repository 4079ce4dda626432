"""Who a request is: keys, users, nobody; through the door that PostgREST is."""

from __future__ import annotations

import json

import pytest

from postgrest.fixtures import JWT_SECRET
from postgrest.postgrest import token


def bearer(claims: dict) -> dict:
    return {"Authorization": "Bearer " + token(claims, JWT_SECRET)}


def code(response) -> str:
    """The stable code of an error of ours."""
    return json.loads(response.json["details"])["code"]


def organization_of(api, headers):
    return api.request("GET", "/rpc/current_organization", headers)


def test_a_key_is_its_organization(api, one, two):
    for tenant in (one, two):
        assert organization_of(api, tenant.with_key("read")).json == str(tenant.id)


def test_a_member_chooses_an_organization_by_header(api, one, two):
    one.member("alice")
    assert organization_of(api, one.as_user("alice", JWT_SECRET)).json == str(one.id)
    refused = organization_of(api, two.as_user("alice", JWT_SECRET))
    assert (refused.status, code(refused)) == (403, "forbidden")


def test_an_organization_that_does_not_exist_looks_like_a_foreign_one(api, one, two):
    one.member("bob")
    foreign = organization_of(api, two.as_user("bob", JWT_SECRET))
    headers = {**two.as_user("bob", JWT_SECRET),
               "X-Organization-Id": "00000000-0000-7000-8000-000000000000"}
    nowhere = organization_of(api, headers)
    assert (foreign.status, foreign.text) == (nowhere.status, nowhere.text)


def test_a_removed_member_is_refused_from_the_next_request(api, one):
    one.member("carol", "admin")
    assert organization_of(api, one.as_user("carol", JWT_SECRET)).status == 200
    one.member("dan", "owner")
    one.run("SELECT billing.remove_member('carol')")
    assert organization_of(api, one.as_user("carol", JWT_SECRET)).status == 403


def test_a_user_sees_the_organizations_to_choose_from_before_one_is_chosen(api, one, two):
    one.member("erin")
    two.member("erin", "owner")
    listed = api.request("GET", "/rpc/my_organizations", bearer({"sub": "erin"}))
    assert {(row["id"], row["role"]) for row in listed.json} == {
        (str(one.id), "member"), (str(two.id), "owner")}
    none_chosen = organization_of(api, bearer({"sub": "erin"}))
    assert (none_chosen.status, code(none_chosen)) == (400, "organization_required")


def test_a_key_lists_its_one_organization(api, one, two):
    listed = api.request("GET", "/rpc/my_organizations", one.with_key("usage"))
    assert [(row["id"], row["role"]) for row in listed.json] == [(str(one.id), "api_key")]


def test_nobody_gets_nothing(api, one):
    assert api.request("GET", "/customers").status == 401
    assert api.request("GET", "/rpc/mrr").status == 401
    refused = organization_of(api, {})
    assert (refused.status, code(refused)) == (401, "unauthenticated")
    assert organization_of(api, {"X-Organization-Id": str(one.id)}).status == 401


@pytest.mark.parametrize("role", ["billing_anon", "billing_api"])
def test_a_token_without_a_subject_is_nobody_whatever_its_role(api, one, role):
    headers = {**bearer({"role": role}), "X-Organization-Id": str(one.id)}
    assert organization_of(api, headers).status == 401
    assert api.request("GET", "/customers", headers).status == 401


def test_two_credentials_at_once_are_none(api, one):
    one.member("frank")
    headers = {**one.as_user("frank", JWT_SECRET), **one.with_key("admin")}
    refused = organization_of(api, headers)
    assert (refused.status, code(refused)) == (401, "unauthenticated")


def test_a_key_is_not_of_another_organization(api, one, two):
    headers = one.with_key("admin")
    assert organization_of(api, {**headers, "X-Organization-Id": str(one.id)}).status == 200
    for other in (str(two.id), "00000000-0000-7000-8000-000000000000", "x", ""):
        refused = organization_of(api, {**headers, "X-Organization-Id": other})
        assert (refused.status, code(refused)) == (403, "forbidden")


def test_an_organization_that_is_no_uuid_is_named(api, one):
    one.member("grace")
    headers = {**one.as_user("grace", JWT_SECRET), "X-Organization-Id": "first"}
    refused = organization_of(api, headers)
    assert (refused.status, code(refused)) == (400, "validation_failed")
    assert json.loads(refused.json["details"])["errors"][0]["field"] == "X-Organization-Id"


def test_a_forged_or_expired_token_does_not_reach_the_database(api, one):
    one.member("heidi")
    for bad in (token({"sub": "heidi"}, "another secret"), token({"sub": "heidi", "exp": 1}, JWT_SECRET),
                "a.b.c", "nonsense"):
        headers = {"Authorization": f"Bearer {bad}", "X-Organization-Id": str(one.id)}
        assert organization_of(api, headers).status == 401
