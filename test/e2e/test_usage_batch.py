"""Many usages in one call answer what one call each would, and calls at the same time never deadlock."""

from __future__ import annotations

import json
import random
import threading

import psycopg2
import pytest
from organization import Organization

CUSTOMERS = [f"customer {n}" for n in range(4)]
DEFAULTS = {"calls": (20, "reject"), "seats": (3, "allow"), "disk": (9, "cap"), "tokens": (40, "reject")}
COSTS = {"images": 2, "videos": "0.5"}  # in tokens
FEATURES = [*DEFAULTS, *COSTS, "rare", "other", "unheard of"]
COLUMNS = "allowed, reason, granted, used, remaining, overage, resets_at"
MANY = f"SELECT {COLUMNS} FROM billing.track_usage_many(%s) ORDER BY item"
ONE = f"SELECT {COLUMNS} FROM billing.track_usage(%s::text, %s, %s, %s)"
# What was granted in its order, then what was denied.
RECORDS = """
    SELECT c.external_id, r.feature_key, r.quantity, r.granted, r.used_after, r.idempotency_key
      FROM billing.usage_records AS r JOIN billing.customers AS c ON c.id = r.customer_id AND c.organization_id = r.organization_id
     WHERE r.organization_id = billing.current_organization()
     ORDER BY c.external_id, r.feature_key, r.granted = 0, CASE WHEN r.granted <> 0 THEN r.id END, r.idempotency_key"""


def company(connection) -> Organization:
    """Defaults, credits, a feature that one customer alone has by hand, and one that nobody has."""
    made = Organization(connection)
    for key in FEATURES[:-1]:
        made.run("SELECT billing.create_feature(%s, %s, 'metered')", key, key)
    for key, (quota, overage) in DEFAULTS.items():
        made.run("SELECT billing.attach_feature(NULL, %s, %s, 'never', %s)", key, quota, overage)
    for key, cost in COSTS.items():
        made.run("SELECT billing.set_credit_cost('tokens', %s, %s)", key, cost)
    for name in CUSTOMERS:
        made.run("SELECT billing.create_customer('a@example.com', external_id => %s)", name)
    first = made.value("SELECT billing.find_customer(%s)", CUSTOMERS[0])
    made.run("SELECT billing.grant_feature(%s, 'rare', 15)", first)
    made.run("SELECT billing.top_up(%s, 'calls', 20)", first)
    return made


def random_items(dice: random.Random, most: int) -> list[dict]:
    """A key stands for one quantity, or it would be a conflict."""
    out = []
    for _ in range(dice.randint(1, most)):
        item = {"customer": dice.choice([*CUSTOMERS, "nobody"]), "feature_key": dice.choice(FEATURES)}
        if dice.random() < 0.7:
            item["quantity"] = dice.choice([1, 2, 3, 5, 8, -1, -4])
        if dice.random() < 0.3:
            number = dice.randrange(1, 6)
            item |= {"idempotency_key": f"key {number}", "quantity": number}
        out.append(item)
    return out


def single(organization: Organization, item: dict) -> dict:
    return organization.run(ONE, item["customer"], item["feature_key"], item.get("quantity", 1),
                            item.get("idempotency_key"))[0]


@pytest.mark.parametrize("seed", range(8))
def test_each_is_decided_as_a_call_of_its_own(connection, seed):
    dice = random.Random(seed)
    many, one = company(connection), company(connection)
    seen = set()
    for _ in range(10):
        items = random_items(dice, 40)
        many.choose()
        answers = many.run(MANY, json.dumps(items))
        one.choose()
        assert answers == [single(one, item) for item in items]
        seen |= {answer["reason"] for answer in answers}
    records = []
    for organization in (many, one):
        organization.choose()
        assert organization.run("SELECT * FROM billing.verify_usage()") == []
        records.append(organization.run(RECORDS))
    assert records[0] == records[1]
    assert seen >= {"default", "overage", "capped", "credits", "returned", "quota_exceeded", "nothing_used", "no_grant",
                    "unknown_customer", "unknown_feature"}


def shuffled(dice: random.Random) -> list[dict]:
    """Every feature of every customer, those that nobody has with a key that all have."""
    items = [{"customer": name, "feature_key": key} for name in CUSTOMERS for key in FEATURES]
    for item in items:
        if item["feature_key"] in ("rare", "other"):
            item["idempotency_key"] = f"key {dice.randrange(3)}"
    dice.shuffle(items)
    return items


def test_batches_in_any_order_never_deadlock(cluster, database, connection):
    """Nor with those who edit what the first row of a default is made from."""
    organization = company(connection)
    failures: list[str] = []

    def work(act) -> None:
        mine = cluster.connect(database)
        try:
            with mine.cursor() as cursor:
                cursor.execute("SELECT set_config('billing.organization_id', %s, false)", (str(organization.id),))
                act(cursor)
        except psycopg2.Error as error:
            failures.append(str(error))
        finally:
            mine.close()

    def consume(seed: int):
        dice = random.Random(seed)

        def act(cursor) -> None:
            for _ in range(25):
                cursor.execute(MANY, (json.dumps(shuffled(dice)),))

        return act

    def edit(cursor) -> None:
        for number in range(40):
            cursor.execute("SELECT billing.attach_feature(NULL, %s, %s, 'never')",
                           (("calls", "seats", "tokens")[number % 3], 50 + number))

    threads = [threading.Thread(target=work, args=(act,)) for act in (*map(consume, range(6)), edit)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    organization.choose()
    assert organization.run("SELECT * FROM billing.verify_usage()") == []
    # Each of the 150 batches asked for one.
    used = organization.run("SELECT n.name, u.used, u.quota FROM unnest(%s::text[]) AS n (name)"
                            " CROSS JOIN LATERAL billing.get_usage(n.name, 'calls') AS u", CUSTOMERS)
    assert all(0 < row["used"] <= 150 for row in used)
