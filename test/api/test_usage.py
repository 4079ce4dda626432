"""Usage through PostgREST's routes, many at once."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

MANY = "/rpc/track_usage_many"


@pytest.fixture
def tenant(one):
    one.run("SELECT billing.create_feature('calls', 'Calls', 'metered')")
    one.run("SELECT billing.attach_feature(NULL, 'calls', 5, 'never')")
    one.run("SELECT billing.create_customer('ada@example.com', external_id => 'ada')")
    return one


def usage(*quantities: int) -> dict:
    return {"usage": [{"customer": "ada", "feature_key": "calls", "quantity": quantity} for quantity in quantities]}


def test_many_usages_are_one_request(api, tenant):
    answer = api.request("POST", MANY, tenant.with_key("usage"), usage(3, 4, 2))
    assert answer.status == 200, answer.text
    assert [(one["item"], one["customer"], one["allowed"], one["reason"], one["remaining"]) for one in answer.json] == [
        (0, "ada", True, "default", 2), (1, "ada", False, "quota_exceeded", 2), (2, "ada", True, "default", 0)]


def test_a_fault_of_one_is_named_and_nothing_is_consumed(api, tenant):
    answer = api.request("POST", MANY, tenant.with_key("usage"), usage(3, 0))
    assert answer.status == 400
    assert json.loads(answer.json["details"]) == {"code": "validation_failed", "errors": [
        {"field": "usage[1].quantity", "message": "must be at least 1, or negative to give back"}]}
    assert tenant.value("SELECT used FROM billing.get_usage('ada', 'calls')") == 0


def test_a_key_of_another_quantity_is_a_conflict(api, tenant):
    body = usage(1, 2)
    for item in body["usage"]:
        item["idempotency_key"] = "the same"
    answer = api.request("POST", MANY, tenant.with_key("usage"), body)
    assert answer.status == 409
    assert json.loads(answer.json["details"])["errors"][0]["field"] == "usage[1].idempotency_key"
    assert tenant.value("SELECT used FROM billing.get_usage('ada', 'calls')") == 0


def test_it_takes_the_scope_and_a_post(api, tenant, two):
    assert api.request("POST", MANY, tenant.with_key("read"), usage(1)).status == 403
    asked = quote(json.dumps(usage(1)["usage"]))
    assert api.request("GET", f"{MANY}?usage={asked}", tenant.with_key("usage")).status == 405
    # Of another organization's customer it knows nothing.
    answer = api.request("POST", MANY, two.with_key("usage"), usage(1))
    assert [one["reason"] for one in answer.json] == ["unknown_customer"]
