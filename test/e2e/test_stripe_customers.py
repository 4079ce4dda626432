"""Several Stripe customers of one of ours: which of them it shows depends on what they are, never on which was heard of first."""

from __future__ import annotations

import json
import random
from datetime import datetime, timezone

import pytest
from tables import differences, dump

ORDERS = 8
SHOWN = """SELECT stripe_customer_id, email, name, currency, status, created_at::date::text AS created_on
    FROM billing.customers WHERE external_id = %s AND organization_id = billing.current_organization()"""


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=timezone.utc).timestamp())


def event(id: str, kind: str, day: str, body: dict) -> str:
    return json.dumps({"id": id, "object": "event", "api_version": "2025-03-31.basil", "created": seconds(day),
                       "livemode": False, "type": kind, "data": {"object": body}})


def customer(id: str, day: str, currency: str | None, **more) -> dict:
    return {"id": id, "object": "customer", "created": seconds(day), "email": f"{id}@example.com", "name": id,
            "currency": currency, "livemode": False, "metadata": {"external_id": "user"}, **more}


def subscription(id: str, owner: str, day: str, amount: int) -> dict:
    price = {"id": f"price_{amount}", "object": "price", "active": True, "billing_scheme": "per_unit", "created": 1,
             "currency": "usd", "product": "prod_1", "type": "recurring", "unit_amount": amount, "livemode": False,
             "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"}}
    item = {"id": f"si_{id}", "object": "subscription_item", "quantity": 1, "price": price,
            "current_period_start": seconds(day), "current_period_end": seconds(day) + 2_592_000}
    return {"id": id, "object": "subscription", "created": seconds(day), "start_date": seconds(day), "customer": owner,
            "currency": "usd", "status": "active", "livemode": False, "items": {"object": "list", "data": [item]}}


BORN = [
    event("evt_b", "customer.created", "2025-01-05", customer("cus_b", "2025-01-05", "eur")),
    event("evt_a", "customer.created", "2025-01-02", customer("cus_a", "2025-01-02", "usd")),
    event("evt_c", "customer.created", "2025-01-09", customer("cus_c", "2025-01-09", "gbp")),
    event("evt_sub_b", "customer.subscription.created", "2025-01-10", subscription("sub_b", "cus_b", "2025-01-10", 700)),
    event("evt_sub_a", "customer.subscription.created", "2025-01-11", subscription("sub_a", "cus_a", "2025-01-11", 300)),
    event("evt_b2", "customer.updated", "2025-02-01", customer("cus_b", "2025-01-05", "chf")),
]
GONE = [event(f"evt_gone_{name}", "customer.deleted", day, customer(f"cus_{name}", born, None, deleted=True))
        for name, born, day in (("a", "2025-01-02", "2025-03-01"), ("b", "2025-01-05", "2025-03-05"), ("c", "2025-01-09", "2025-03-09"))]


def told(organization, bodies: list[str], dice: random.Random | None = None):
    """A customer of ours, and then what Stripe says: in order, or shuffled and a few at a time."""
    organization.run("SELECT id FROM billing.create_customer('here@example.com', 'Here', 'user')")
    if dice is None:
        organization.feed(bodies)
    else:
        mixed = bodies + dice.sample(bodies, 2)
        dice.shuffle(mixed)
        while mixed:
            count = dice.choice((1, 1, 2, 3))
            organization.feed(mixed[:count])
            mixed = mixed[count:]
    assert organization.run("SELECT * FROM billing.verify_rollups()") == []
    return organization.run(SHOWN, "user")


def shown(stripe: str, currency: str | None, status: str = "active") -> list[dict]:
    # What was written here stands: Stripe's snapshots are of last year. Known since the first of them was.
    return [{"stripe_customer_id": stripe, "email": "here@example.com", "name": "Here", "currency": currency, "status": status,
             "created_on": "2025-01-02"}]


@pytest.mark.parametrize("gone, expected", [
    (0, shown("cus_a", "usd")),
    (1, shown("cus_b", "chf")),  # the first is deleted: the next one, as its newest snapshot says
    (2, shown("cus_c", "gbp")),
    (3, shown("cus_a", None, "archived")),  # none is left: the first again, as its last snapshot says
], ids=["all", "without the first", "the last alone", "none left"])
def test_the_first_living_one_is_shown_in_any_order(organization, gone, expected):
    bodies = BORN + GONE[:gone]
    calm = organization()
    assert told(calm, bodies) == expected
    tables = dump(calm)
    for number in range(ORDERS):
        mixed = organization()
        assert told(mixed, bodies, random.Random(f"stripe customers {gone} {number}")) == expected
        assert differences(tables, dump(mixed)) == {}


def test_events_of_each_still_find_their_row_afterwards(organization):
    one = organization()
    told(one, BORN)
    one.feed([event("evt_c2", "customer.updated", "2025-02-02", customer("cus_c", "2025-01-09", "sek")),
              event("evt_a2", "customer.updated", "2025-02-03", customer("cus_a", "2025-01-02", "nok"))])
    assert one.run(SHOWN, "user") == shown("cus_a", "nok")
    one.feed(GONE[:2])
    assert one.run(SHOWN, "user") == shown("cus_c", "sek")
    ids = {one.value("SELECT billing.find_customer(%s)", name) for name in ("cus_a", "cus_b", "cus_c", "user")}
    assert len(ids) == 1


def test_a_customer_merged_by_hand_gives_way(organization):
    """Who keeps keeps the Stripe customer too, also where that of the other is older; until it is deleted."""
    one = organization()
    one.run("SELECT id FROM billing.create_customer('here@example.com', 'Here', 'user')")
    young = customer("cus_young", "2025-02-01", "usd")
    old = customer("cus_old", "2025-01-01", "eur", metadata={})
    one.feed([event("evt_1", "customer.created", "2025-02-01", young), event("evt_2", "customer.created", "2025-01-01", old)])
    one.run("SELECT billing.merge_customers(billing.find_customer('user'), billing.find_customer('cus_old'))")
    assert one.run(SHOWN, "user")[0]["stripe_customer_id"] == "cus_young"
    one.feed([event("evt_3", "customer.updated", "2025-02-02", {**young, "currency": "gbp"})])
    assert one.run(SHOWN, "user")[0]["currency"] == "gbp"
    one.feed([event("evt_4", "customer.deleted", "2025-03-01", {**young, "deleted": True})])
    (row,) = one.run(SHOWN, "user")
    assert (row["stripe_customer_id"], row["currency"], row["status"]) == ("cus_old", "eur", "active")
