"""The routes of customers, and what is read beside them, of two organizations with the same ids."""

from __future__ import annotations

import json

import pytest

from model.story import Story

SHOWN = {"Prefer": "return=representation"}
COLUMNS = ["id", "organization_id", "external_id", "stripe_customer_id", "email", "name", "metadata",
           "currency", "status", "stripe_status", "stripe_error", "created_at", "updated_at", "archived_at"]


def live(tenant, seats: int) -> None:
    """A year's plan of 1200 a seat for cus_1, a trial for cus_2, an invoice paid by cus_1."""
    story = Story()
    price = story.price(120000, interval="year")
    story.subscribe("2026-01-05", story.item(price, seats), customer="cus_1", name="sub_1", status="active")
    story.subscribe("2026-02-05", price, customer="cus_2", name="sub_2", status="trialing")
    story.pay(story.invoice("2026-01-05", 120000 * seats, customer="cus_1", subscription="sub_1"), "2026-01-05")
    for body in story.bodies():
        tenant.run("SELECT billing.ingest_event(%s::json)", body)
    assert tenant.run("SELECT failed FROM billing.process_events()") == [(0,)]


@pytest.fixture
def key(one, two):
    live(one, 2)
    live(two, 3)
    return one.with_key("write")


def details(answer, status: int, code: str) -> list:
    assert answer.status == status, answer.text
    told = json.loads(answer.json["details"])
    assert told["code"] == code
    return [(error["field"], error["message"]) for error in told["errors"]]


def found(answer, status: int = 200):
    assert answer.status == status, answer.text
    return answer.json


def test_customers_are_filtered_ordered_counted_and_embedded(api, one, key):
    page = api.request("GET", "/customers?select=email&order=created_at.desc,email&limit=1", {**key, "Prefer": "count=exact"})
    assert (page.status, page.headers["content-range"], page.json) == (
        206, "0-0/2", [{"email": "cus_1@example.com"}])
    assert found(api.request("GET", "/customers?email=eq.cus_2@example.com&select=name", key)) == [{"name": "Cus_2"}]
    rows = found(api.request(
        "GET", "/customers?select=stripe_customer_id,subscriptions(status,mrr,subscription_items(quantity,prices(unit_amount,"
        "products(name)))),invoices(total,subscriptions(stripe_subscription_id))&order=stripe_customer_id", key))
    price = {"unit_amount": 120000, "products": {"name": "Prod_1"}}
    assert rows == [
        {"stripe_customer_id": "cus_1",
         "subscriptions": [{"status": "active", "mrr": 20000, "subscription_items": [{"quantity": 2, "prices": price}]}],
         "invoices": [{"total": 240000, "subscriptions": {"stripe_subscription_id": "sub_1"}}]},
        {"stripe_customer_id": "cus_2",
         "subscriptions": [{"status": "trialing", "mrr": 0, "subscription_items": [{"quantity": 1, "prices": price}]}],
         "invoices": []}]
    whole = found(api.request("GET", "/customers?stripe_customer_id=eq.cus_1", key))
    assert list(whole[0]) == COLUMNS and whole[0]["organization_id"] == str(one.id)


def test_a_customer_is_made_changed_and_archived(api, key):
    made = found(api.request("POST", "/customers", {**key, **SHOWN}, {
        "email": "Ada@Example.com", "name": "Ada", "external_id": "ada", "metadata": {"plan": "pro"}}), 201)[0]
    assert [made[c] for c in ("email", "name", "external_id", "metadata", "status", "stripe_status")] == [
        "ada@example.com", "Ada", "ada", {"plan": "pro"}, "active", "pending"]
    path = f"/customers?id=eq.{made['id']}"
    assert found(api.request("GET", path, key)) == [made]
    changed = found(api.request("PATCH", path, {**key, **SHOWN}, {"name": None, "metadata": {"seats": 3}}))[0]
    assert (changed["name"], changed["metadata"], changed["email"]) == (None, {"seats": 3}, "ada@example.com")
    # As it was read first: no row any more.
    old = made["updated_at"].replace("+", "%2B")
    assert found(api.request("PATCH", f"{path}&updated_at=eq.{old}", {**key, **SHOWN}, {"name": "x"})) == []
    gone = found(api.request("DELETE", path, {**key, **SHOWN}))[0]
    assert gone["status"] == "archived" and gone["archived_at"] is not None
    assert found(api.request("GET", path, key)) == [gone]
    assert api.request("DELETE", path, key).status == 204


def test_each_field_that_is_not_acceptable_is_named(api, key):
    many = api.request("POST", "/customers", key, {"email": "x", "name": "", "metadata": {"k": [1]}})
    assert [field for field, _ in details(many, 400, "validation_failed")] == ["email", "name", "metadata.k"]
    assert details(api.request("POST", "/customers", key, {"name": "x"}), 400, "validation_failed") == [
        ("email", "must not be null")]
    foreign = api.request("POST", "/customers", key, {"email": "a@example.com", "status": "archived"})
    assert details(foreign, 400, "validation_failed") == [("status", "is not to be written")]
    patch = api.request("PATCH", "/customers?stripe_customer_id=eq.cus_1", key, {"stripe_customer_id": "cus_9", "email": "y"})
    assert [field for field, _ in details(patch, 400, "validation_failed")] == ["email", "stripe_customer_id"]
    assert api.request("POST", "/customers", key, {"nickname": "x"}).status == 400


def test_an_external_id_is_taken_in_one_organization_alone(api, two, key):
    assert api.request("POST", "/customers", two.with_key("write"), {"email": "b@example.com", "external_id": "x"}).status == 201
    assert api.request("POST", "/customers", key, {"email": "a@example.com", "external_id": "x"}).status == 201
    again = api.request("POST", "/customers", key, {"email": "c@example.com", "external_id": "x"})
    assert details(again, 409, "conflict") == [("external_id", "is taken")]
    assert "b@example.com" not in again.text and "a@example.com" not in again.text


def test_another_organizations_customer_is_nowhere(api, two, key):
    foreign = two.value("SELECT billing.find_customer('cus_1')")
    for path in (f"/customers?id=eq.{foreign}", f"/customers?organization_id=eq.{two.id}",
                 f"/subscriptions?organization_id=eq.{two.id}", f"/invoices?customer_id=eq.{foreign}"):
        assert found(api.request("GET", path, {**key, "Prefer": "count=exact"})) == []
    assert found(api.request("PATCH", f"/customers?id=eq.{foreign}", {**key, **SHOWN}, {"name": "x"})) == []
    assert found(api.request("DELETE", f"/customers?id=eq.{foreign}", {**key, **SHOWN})) == []
    for name in ("update_customer", "archive_customer"):
        answer = api.request("POST", f"/rpc/{name}", key, {"customer_id": foreign, "patch": {}} if name == "update_customer"
                             else {"customer_id": foreign})
        assert details(answer, 404, "not_found") == [("customer_id", "is unknown")]
    assert two.run("SELECT name, archived_at FROM billing_internal.customers WHERE id = %s", foreign) == [("Cus_1", None)]


def test_functions_answer_one_object_or_many(api, key):
    made = found(api.request("POST", "/rpc/create_customer", key, {"email": "new@example.com", "external_id": "n"}))
    assert list(made) == COLUMNS
    again = found(api.request("POST", "/rpc/ensure_customer", key, {"external_id": "n", "name": "New"}))
    assert (again["id"], again["name"]) == (made["id"], "New")
    patched = api.request("POST", "/rpc/update_customer", key, {
        "customer_id": made["id"], "patch": {"name": "Newer"}, "expected_updated_at": made["updated_at"]})
    assert details(patched, 409, "conflict") == [("expected_updated_at", "is another one by now")]
    whole = found(api.request("GET", "/rpc/get_customer?customer=cus_1", key))
    assert [(s["mrr"], [i["quantity"] for i in s["items"]]) for s in whole["subscriptions"]] == [(20000, [2])]
    assert api.request("GET", "/rpc/get_customer?customer=nobody", key).status == 404
    paying = found(api.request("GET", "/rpc/list_customers?status=paying", key))
    assert [(row["stripe_customer_id"], row["total_count"]) for row in paying] == [("cus_1", 1)]
    assert [row["email"] for row in found(api.request("GET", "/rpc/list_customers?status=trialing", key))] == ["cus_2@example.com"]
    archived = found(api.request("POST", "/rpc/archive_customer", key, {"customer_id": made["id"]}))
    assert archived["status"] == "archived"
    assert api.request("GET", f"/rpc/archive_customer?customer_id={made['id']}", key).status == 405


@pytest.mark.parametrize("scope, reads, writes, merges", [
    ("read", 200, 403, 403), ("usage", 403, 403, 403), ("write", 200, 201, 403), ("admin", 200, 201, 200)])
def test_each_scope_may_what_it_says(api, one, scope, reads, writes, merges):
    key = one.with_key(scope)
    keep, gone = (one.value("SELECT id FROM billing.create_customer(%s)", f"{n}@example.com") for n in "ab")
    assert api.request("GET", "/rpc/list_customers", key).status == reads
    assert api.request("POST", "/customers", key, {"email": "a@example.com"}).status == writes
    assert api.request("PATCH", f"/customers?id=eq.{keep}", key, {"name": "x"}).status == (204 if writes == 201 else 403)
    assert api.request("POST", "/rpc/merge_customers", key, {"keep": keep, "drop_id": gone}).status == merges
    assert api.request("DELETE", f"/customers?id=eq.{keep}", key).status == (204 if writes == 201 else 403)
    assert api.request("POST", "/customers", None, {"email": "a@example.com"}).status == 401


def test_everything_of_the_contract_can_be_read(api, key):
    for view in ("customers", "subscriptions", "subscription_items", "products", "prices", "features", "product_features",
                 "invoices", "feature_grants", "usage_records"):
        found(api.request("GET", f"/{view}?limit=1", key))
    for name in ("mrr", "mrr_at", "mrr_movements", "active_subscriptions", "churn_rate", "revenue_trend", "subscription_growth",
                 "top_customers", "list_products", "list_features", "list_customers",
                 "find_customer?reference=cus_1", "entitlements?customer=cus_1", "check_access?customer=cus_1&feature_key=x",
                 "mrr_events?start_date=2026-01-01&end_date=2026-12-31"):
        found(api.request("GET", f"/rpc/{name}", key))
