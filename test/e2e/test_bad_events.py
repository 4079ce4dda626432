"""Poison through the one door: a clear answer each, the queue moves on, the backend stays."""

from __future__ import annotations

import copy
import itertools
import json
import zlib

import psycopg2
import pytest
from model.emit import text
from model.story import Story
from organization import OWN, Organization

DAY = "2025-05-10"


def good(name: str) -> list[dict]:
    """A customer who subscribes at 5000: proof that the queue has moved on."""
    story = Story()
    story.counter = itertools.count(zlib.crc32(name.encode()) * 100)
    story.subscribe(DAY, story.price(5000), customer=f"cus_{name}", name=f"sub_{name}")
    return story.events


def subscription_event() -> dict:
    return copy.deepcopy(good("poison")[-1])


def changed(**more) -> str:
    """A subscription event whose object says something else."""
    event = subscription_event()
    event["id"] = "evt_poison"
    event["data"]["object"].update(more)
    return text(event)


def price_with(**more) -> str:
    event = subscription_event()
    event["id"] = "evt_poison"
    event["data"]["object"]["items"]["data"][0]["price"].update(more)
    return text(event)


def quantity_of(value) -> str:
    event = subscription_event()
    event["id"] = "evt_poison"
    event["data"]["object"]["items"]["data"][0]["quantity"] = value
    return text(event)


def customer_event(name: str, raw_name: str, metadata: str = "{}") -> str:
    """A customer whose name is spelled in raw JSON, escapes and all."""
    return (
        '{"id": "%s", "object": "event", "type": "customer.created", "created": 1746835200,'
        ' "livemode": false, "api_version": "2026-06-24.dahlia", "data": {"object": {"id":'
        ' "cus_%s", "object": "customer", "created": 1746835200, "email": "a@example.com",'
        ' "name": "%s", "livemode": false, "metadata": %s}}}'
        % ("evt_poison", name, raw_name, metadata)
    )


def nested(depth: int) -> str:
    return customer_event("deep", "Deep", "[" * depth + "]" * depth)


# Stored, and then either applied as far as it goes or parked with a reason.
STORED = {
    "a NUL in a name": customer_event("nul", "A\\u0000B"),
    "a lone surrogate": customer_event("lone", "A\\ud800B"),
    "surrogates the wrong way round": customer_event("swap", "\\udc00\\ud800"),
    "2 MB of metadata": customer_event("big", "Big", json.dumps({"k": "x" * 2_000_000})),
    "metadata nested 900 deep": nested(900),
    "an unknown status": changed(status="hibernating"),
    "an unknown currency": changed(currency="xyzzy"),
    "no items": changed(items=None),
    "items that are a number": changed(items=5),
    "items that are a list": changed(items=[1, 2, 3]),
    "a status that is a number": changed(status=7),
    "a start that is a word": changed(start_date="yesterday"),
    "a start beyond all calendars": changed(start_date=10**18),
    "a start before all calendars": changed(start_date=-(10**18)),
    "a customer that is a list": changed(customer=[]),
    "no customer": changed(customer=None),
    "discounts that are words": changed(discounts="none"),
    "discounts of null": changed(discounts=[None, None]),
    "a negative quantity": quantity_of(-3),
    "a quantity of 10^30": quantity_of(10**30),
    "a quantity that is a word": quantity_of("many"),
    "an amount of 10^300": price_with(unit_amount=None, unit_amount_decimal="1" + "0" * 300),
    "an amount of 1e400": price_with(unit_amount=None, unit_amount_decimal="1e400"),
    "an amount that is no number": price_with(unit_amount=None, unit_amount_decimal="NaN"),
    "an infinite amount": price_with(unit_amount=None, unit_amount_decimal="Infinity"),
    "an amount that is a list": price_with(unit_amount=[1], unit_amount_decimal={}),
    "a price without an id": price_with(id=None),
    "an interval of zero months": price_with(
        recurring={"interval": "month", "interval_count": 0, "usage_type": "licensed"}
    ),
    "an interval nobody knows": price_with(
        recurring={"interval": "fortnight", "interval_count": 1, "usage_type": "licensed"}
    ),
    "packages of zero": price_with(transform_quantity={"divide_by": 0, "round": "up"}),
    "tiers in disorder": price_with(
        billing_scheme="tiered", tiers_mode="graduated", unit_amount=None,
        unit_amount_decimal=None, tiers=[{"up_to": None}, {"up_to": 5}, {"up_to": -1}, 7],
    ),
    "an object without an id": changed(id=None),
    "an object id that is a number": changed(id=12),
    "an object id of 10 kB": changed(id="sub_" + "x" * 10_000),
}

# Refused at the door: it cannot be known what they are.
REFUSED = {
    "broken JSON": '{"id": "evt_poison", "type": ',
    "no JSON": "hello",
    "an empty text": "",
    "a list": "[]",
    "a number": "17",
    "an event without an id": '{"object": "event", "type": "customer.created", "created": 1,'
                              ' "data": {"object": {}}}',
    "an event id that is a number": '{"id": 5, "object": "event", "type": "customer.created",'
                                    ' "created": 1, "data": {"object": {}}}',
    "brackets without end": "[" * 100_000,
}


@pytest.fixture(scope="module")
def acme(cluster, database):
    """One organization and one backend for all of them: its pid must never change."""
    connection = cluster.connect(database)
    made = Organization(connection)
    made.pid = made.value("SELECT pg_backend_pid()")
    yield made
    connection.close()


def moves_on(acme: Organization, name: str) -> None:
    acme.ingest([text(e) for e in good(name)])
    acme.process()
    found = acme.run(
        f"SELECT status, mrr::int FROM billing.subscriptions WHERE {OWN}"
        " AND stripe_subscription_id = %s",
        f"sub_{name}",
    )
    assert found == [{"status": "active", "mrr": 5000}]
    assert acme.value("SELECT pg_backend_pid()") == acme.pid


def renamed(body: str, event_id: str) -> str:
    return body.replace("evt_poison", event_id).replace("sub_poison", f"sub_of_{event_id}")


@pytest.mark.parametrize("number, name", enumerate(STORED), ids=list(STORED))
def test_poison_is_stored_and_parks_alone_or_applies(acme, number, name):
    event_id = f"evt_bad_{number}"
    body = renamed(STORED[name], event_id)
    assert acme.ingest([body]) == ["stored"]
    acme.ingest([text(e) for e in good(f"beside{number}")])
    applied, failed = acme.process()
    assert failed in (0, 1) and applied >= 3
    parked = acme.run("SELECT * FROM billing.failed_events() WHERE event_id = %s", event_id)
    assert len(parked) == failed
    if failed:
        assert parked[0]["code"] and parked[0]["reason"]
        assert not parked[0]["code"].startswith("XX"), parked
    kept = acme.value(
        "SELECT convert_from(body, 'UTF8') FROM billing_internal.events"
        " WHERE organization_id = %s AND event_id = %s",
        acme.id, event_id,
    )
    assert kept == body
    moves_on(acme, f"after{number}")


@pytest.mark.parametrize("number, name", enumerate(REFUSED), ids=list(REFUSED))
def test_what_is_no_event_is_refused_with_a_reason(acme, number, name):
    with pytest.raises(psycopg2.Error) as error:
        acme.run("SELECT billing.ingest_event(%s::json)", REFUSED[name])
    assert error.value.pgcode and not error.value.pgcode.startswith("XX")
    moves_on(acme, f"refused{number}")


def test_every_poison_left_the_ledger_sound(acme):
    assert acme.run("SELECT * FROM billing.verify_rollups()") == []
    acme.run("SELECT billing.rebuild_analytics()")
    assert acme.run("SELECT * FROM billing.verify_rollups()") == []


@pytest.fixture
def other(connection):
    return Organization(connection)


def test_an_unknown_status_is_kept_as_it_is_and_counts_nothing(other):
    other.feed([changed(status="hibernating")])
    row = other.run(f"SELECT status, mrr::int FROM billing.subscriptions WHERE {OWN}")[0]
    assert row == {"status": "hibernating", "mrr": 0}
    assert other.value("SELECT billing.active_subscriptions()") == 0


def test_an_unknown_type_is_stored_and_counted(other):
    event = subscription_event()
    event["id"], event["type"] = "evt_new_kind", "customer.subscription.hibernated_deeply"
    event["data"]["object"] = {"id": "x_1", "object": "something_new"}
    assert other.ingest([text(event)]) == ["stored"]
    assert other.process() == (1, 0)
    assert other.value("SELECT received FROM billing.stats()") == 1


def test_an_event_of_the_other_mode_is_parked_and_never_applied(other):
    events = good("mode")
    other.feed([text(e) for e in events])
    wrong = copy.deepcopy(events[-1])
    wrong["id"], wrong["livemode"] = "evt_live", True
    wrong["created"] += 60
    wrong["data"]["object"]["items"]["data"][0]["quantity"] = 9
    other.ingest([text(wrong)])
    assert other.process() == (0, 1)
    parked = other.run("SELECT * FROM billing.failed_events()")
    assert [row["event_id"] for row in parked] == ["evt_live"]
    assert "livemode" in (parked[0]["code"] + parked[0]["reason"])
    assert other.value(f"SELECT mrr::int FROM billing.subscriptions WHERE {OWN}") == 5000
    assert other.value("SELECT livemode FROM billing.stats()") is False


def test_the_same_id_with_another_body_is_an_alarm_and_changes_nothing(other):
    events = good("twice")
    other.feed([text(e) for e in events])
    assert other.value("SELECT alarms FROM billing.stats()") == 0
    again = copy.deepcopy(events[-1])
    again["pending_webhooks"] = 7
    assert other.ingest([text(again)]) == ["duplicate"]
    assert other.value("SELECT alarms FROM billing.stats()") == 0
    again["data"]["object"]["items"]["data"][0]["quantity"] = 9
    assert other.ingest([text(again)]) == ["duplicate"]
    other.process()
    assert other.value("SELECT alarms FROM billing.stats()") == 1
    assert other.value(f"SELECT mrr::int FROM billing.subscriptions WHERE {OWN}") == 5000


def test_a_dead_letter_can_be_tried_again_and_discarded(other):
    other.ingest([changed(start_date="yesterday")])
    assert other.process() == (0, 1)
    first = other.run("SELECT * FROM billing.failed_events()")[0]
    other.run("SELECT billing.retry_event('evt_poison')")
    assert other.process() == (0, 1)
    again = other.run("SELECT * FROM billing.failed_events()")[0]
    assert again["attempts"] > first["attempts"] and again["reason"] == first["reason"]
    other.run("SELECT billing.discard_event('evt_poison', 'made by a test')")
    last = other.run("SELECT * FROM billing.failed_events()")[0]
    assert last["discarded_at"] and last["discard_reason"] == "made by a test"
    assert other.run("SELECT failed, discarded FROM billing.stats()") == [
        {"failed": 0, "discarded": 1}
    ]
    assert other.process() == (0, 0)


def test_trying_an_event_again_that_nobody_knows_is_a_clear_error(other):
    for call in ("retry_event('evt_none')", "discard_event('evt_none', 'why')"):
        with pytest.raises(psycopg2.Error) as error:
            other.run(f"SELECT billing.{call}")
        assert not error.value.pgcode.startswith("XX")


def test_one_poison_in_a_batch_of_many_parks_alone(other):
    bodies = [text(e) for n in range(60) for e in good(f"many{n}")]
    bodies.insert(len(bodies) // 2, changed(start_date="yesterday"))
    other.ingest(bodies)
    applied, failed = other.process()
    assert (applied, failed) == (len(bodies) - 1, 1)
    paying = f"SELECT count(*) FROM billing.subscriptions WHERE {OWN} AND mrr = 5000"
    assert other.value(paying) == 60
    assert other.run("SELECT * FROM billing.verify_rollups()") == []
