"""Two organizations in which everything has the same names, and a marker tells whose it is.

The same events with the same ids, the same customers, external ids, e-mails, features, keys of
idempotency and users; what is free text holds the organization's own word, and amounts differ.
Whatever is left of either organization's tables after that is filled by hand.
"""

from __future__ import annotations

import json
import re

from model import objects
from model.shapes import V2025_03
from model.story import Story
from postgrest.tenant import Tenant

FREE_TEXT = {"name", "description", "nickname", "lookup_key", "number", "statement_descriptor"}


class Twin(Tenant):
    """`word` is in every free text of the organization, and in the ids that it alone has."""

    def __init__(self, connection, word: str, amount: int):
        super().__init__(connection, f"Organization {word}")
        self.word, self.amount = word, amount
        self.run("SELECT billing.update_organization(%s)", json.dumps({"stripe_account_id": f"acct_{word}"}))

    def marked(self, event: dict) -> str:
        def walk(value):
            if isinstance(value, list):
                return [walk(one) for one in value]
            if not isinstance(value, dict):
                return value
            out = {key: f"{one} {self.word}" if key in FREE_TEXT and isinstance(one, str) else walk(one)
                   for key, one in value.items()}
            if isinstance(out.get("metadata"), dict):
                out["metadata"]["note"] = self.word
            return out

        return json.dumps({**event, "account": f"acct_{self.word}", "data": walk(event["data"])}, default=str)

    def send(self, event: dict) -> None:
        self.run("SELECT billing.ingest_event(%s::json)", self.marked(event))

    def rows(self, table: str, what: str = "*") -> list:
        return self.run(f"SELECT {what} FROM billing_internal.{table} WHERE organization_id = %s",
                        str(self.id))


def tell(twin: Twin) -> list[dict]:
    """Two years of a small company: every kind of object that Stripe has for us."""
    s = Story(V2025_03)
    monthly = s.price(twin.amount)
    for name in ("cus_1", f"cus_{twin.word}"):
        one = s.subscribe("2025-01-05", s.item(monthly, 3), customer=name)
        s.discount(one, s.coupon(percent_off=50, duration="repeating", months=3), "2025-01-06", "2025-04-06")
        s.change(one, "2025-01-06")
        s.quantity(one, "2025-05-05", 5)
        s.quantity(one, "2025-03-05", 4)  # late: the ledger supersedes rows
        bill = s.invoice("2025-05-05", twin.amount * 5, customer=name, subscription=one.id)
        s.pay(bill, "2025-05-06")
        s.emit("charge.succeeded", "2025-05-06", objects.Charge(
            bill.charge, name, bill.total, invoice=bill.id, payment_intent=bill.payment_intent))
        s.refund(bill, "2025-05-07", twin.amount)
        s.invoice("2025-06-05", twin.amount * 5, customer=name, subscription=one.id)
    s.end(s.subscribe("2025-02-05", monthly, customer="cus_2"), "2025-07-05")
    summary = {"object": "entitlements.active_entitlement_summary", "customer": "cus_1", "livemode": False,
               "entitlements": {"object": "list", "has_more": False, "url": "/v1/x", "data": [
                   {"id": "ent_1", "object": "entitlements.active_entitlement", "lookup_key": "calls"}]}}
    s.events.append({"id": "evt_entitled", "object": "event", "api_version": V2025_03, "livemode": False,
                     "created": 1751800000, "type": "entitlements.active_entitlement_summary.updated",
                     "data": {"object": summary}})
    return s.events


OWN_ROWS = """
SELECT billing.create_feature('calls', 'Calls {w}', 'metered'), billing.create_feature('seats', 'Seats {w}', 'metered'),
       billing.create_feature('sso', 'Single sign-on {w}', 'boolean'), billing.create_feature('credits', 'Credits {w}', 'metered'),
       billing.create_feature('only_{w}', 'Only {w}', 'metered');
SELECT billing.attach_feature(p, 'calls', {n}), billing.attach_feature(p, 'sso'), billing.attach_feature(p, 'credits', {n}),
       billing.attach_feature(p, 'only_{w}', {n}) FROM billing.find_product('prod_1') AS p;
SELECT billing.attach_feature(NULL, 'seats', {n}, 'never', 'allow');
SELECT billing.attach_feature(billing.create_product('Product {w}', '{{"note": "{w}"}}', 'prod_{w}'), 'sso');
SELECT billing.set_credit_cost('credits', 'only_{w}', 2);
SELECT * FROM billing.create_customer('same@example.com', 'Same {w}', 'same', '{{"note": "{w}"}}');
SELECT * FROM billing.create_customer('{w}@example.com', 'Own {w}', 'own_{w}');
SELECT billing.grant_feature(c, 'calls', {n}, idempotency_key => 'same'), billing.block_feature(c, 'seats'),
       billing.grant_feature(c, 'only_{w}', {n}, value => '"{w}"', idempotency_key => 'key_{w}')
  FROM billing.find_customer('same') AS c;
SELECT * FROM billing.track_usage('same', 'calls', 2, 'same');
SELECT * FROM billing.track_usage('same', 'calls', 2, 'key_{w}');
SELECT * FROM billing.track_usage('cus_1', 'calls', 3, 'same');
SELECT billing.reserve_usage(c, 'calls', 1, '90 days', 'same') FROM billing.find_customer('cus_1') AS c;
SELECT billing.reserve_usage(c, 'calls', 1, '90 days', 'key_{w}') FROM billing.find_customer('cus_1') AS c;
SELECT billing.add_member('owner_{w}', 'owner'), billing.add_member('member_{w}'), billing.add_member('admin_{w}', 'admin');
SELECT * FROM billing.create_api_key('Key {w}', '{{read,write}}');
"""

# Bodies that raise an alarm, that fail, and that wait.
TROUBLE = ('{{"id":"evt_failed","object":"event","type":"customer.updated","created":1751800000,"livemode":false,'
           '"data":{{"object":{{"id":"cus_{w}","object":"customer","email":{{"no":"{w}"}}}}}}}}',
           '{{"id":"evt_failed","object":"event","type":"customer.updated","created":1,"livemode":false,'
           '"data":{{"object":{{"id":"cus_1","object":"customer"}}}}}}')
WAITING = ('{{"id":"evt_waits","object":"event","type":"customer.updated","created":1751900000,"livemode":false,'
           '"data":{{"object":{{"id":"cus_9","object":"customer","name":"{w}"}}}}}}')


def make_twins(connection) -> tuple[Twin, Twin]:
    """The story of both, event by event in turn, and then what they made themselves."""
    twins = Twin(connection, "alpha", 1000), Twin(connection, "omega", 7300)
    for pair in zip(*map(tell, twins)):
        for twin, event in zip(twins, pair):
            twin.send(event)
    for twin in twins:
        while twin.run("SELECT remaining FROM billing.process_events()")[0][0]:
            pass
    for command in filter(None, OWN_ROWS.strip().split(";\n")):
        for twin in twins:
            twin.run(command.format(w=twin.word, n=twin.amount))
    for body in TROUBLE:
        for twin in twins:
            twin.run("SELECT billing.ingest_event(%s::json)", body.format(w=twin.word))
    for twin in twins:
        twin.run("SELECT * FROM billing.process_events()")
        twin.run("SELECT billing.ingest_event(%s::json)", WAITING.format(w=twin.word))
    for twin in twins:
        fill_empty_tables(twin)
    return twins


def fill_empty_tables(twin: Twin) -> None:
    """A row by hand wherever the story left a table empty: there is no wall around nothing."""
    for table, kinds, checks in twin.run(COLUMNS):
        if twin.rows(table):
            continue
        values = {column: value_of(twin, table, column, kind, checks) for column, kind in kinds.items()}
        names = ", ".join(values)
        twin.run("SELECT set_config('session_replication_role', 'replica', false)")
        twin.run(f"INSERT INTO billing_internal.{table} ({names}) VALUES ({', '.join(['%s'] * len(values))})",
                 *values.values())
        twin.run("SELECT set_config('session_replication_role', 'origin', false)")


COLUMNS = """
    SELECT c.relname, (SELECT json_object_agg(a.attname, format_type(a.atttypid, NULL)) FROM pg_attribute AS a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
           (SELECT coalesce(string_agg(pg_get_constraintdef(k.oid), ' '), '') FROM pg_constraint AS k
             WHERE k.conrelid = c.oid AND k.contype = 'c')
      FROM pg_class AS c
     WHERE c.relnamespace = 'billing_internal'::regnamespace AND c.relkind IN ('r', 'p') AND EXISTS (
           SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'organization_id')"""
MADE_UP = {"uuid": "{id}", "text": "{word}", "text[]": "{{{word}}}", "json": '{{"note": "{word}"}}',
           "jsonb": '{{"note": "{word}"}}', "bytea": "{word}", "boolean": "true", "date": "2025-05-05",
           "timestamp with time zone": "2025-05-05T00:00:00Z", "interval": "1 day",
           "integer": "{amount}", "bigint": "{amount}", "smallint": "1", "numeric": "{amount}"}


def value_of(twin: Twin, table: str, column: str, kind: str, checks: str) -> str:
    if column == "organization_id":
        return str(twin.id)
    assert kind in MADE_UP, f"no value is known for {table}.{column}, a {kind}"
    # A text that has a list of words takes the first of them.
    words = re.search(rf"\({column} = ANY \(ARRAY\['(\w+)'", checks) if kind == "text" else None
    made = MADE_UP[kind].format(id=twin.value("SELECT gen_random_uuid()::text"), word=f"{column} {twin.word}",
                                amount=twin.amount)
    return words[1] if words else made
