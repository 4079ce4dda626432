"""Values for every argument of every function, out of the rows of one organization.

An argument gets what columns of its name hold, uuids of every table, and, where its name is that of
no column, every text that could be meant. A type without a rule here is an error: a function that
nobody knows how to call is not tested.
"""

from __future__ import annotations

import json
import random

from catalogue_walk import Argument, Function, relations

MIXES = 20
# Words that are no data of anybody: a call that gets nothing else would end at them.
WORDS = {"granularity": ["month"], "kind": ["metered", "boolean"], "overage": ["reject"], "currency": ["usd"],
         "time_zone": ["UTC"], "reset_interval": ["month"], "role": ["member"], "movement": ["new"],
         "scopes": ["{read}"], "status": ["all"], "from_currency": ["usd"], "to_currency": ["eur"]}
# An argument's name -> columns that hold such values, where they have another name.
ALIASES = {"customer": ("stripe_customer_id", "external_id", "email"), "reference": ("stripe_customer_id", "external_id"),
           "key": ("key", "feature_key"), "feature_keys": ("feature_key", "key"), "credit_key": ("key",),
           "why": ("reason",), "stripe_id": ("stripe_customer_id", "stripe_subscription_id", "stripe_invoice_id")}
# An argument's name -> the table whose id it is.
TABLES = {"grant_id": "overrides", "reservation": "reservations", "product_id": "products", "key_ids": "api_keys",
          "subscription_id": "subscriptions"}
PLAIN = {"bigint": "1", "integer": "10", "smallint": "1", "numeric": "1", "double precision": "1", "boolean": "true",
         "date": "2025-03-01", "timestamp with time zone": "2025-06-01T00:00:00Z", "interval": "1 hour"}


def literal(value) -> str:
    return "'" + str(value).replace("'", "''") + "'"


class Pool:
    """What the rows of an organization hold, by column."""

    def __init__(self, twin):
        self.twin = twin
        self.columns: dict[str, list[str]] = {}
        self.ids: dict[str, list[str]] = {}  # of each table
        self.bodies: list[str] = []
        with twin.connection.cursor() as cursor:
            tables = [one for one in relations(cursor) if one.kind in "rp" and "organization_id" in one.columns]
        for table in tables:
            for (row,) in twin.rows(table.name, f"row_to_json({table.name})"):
                self.take(table.name, row)
        self.bodies = [bytes(body).decode() for (body,) in twin.rows("events", "body")][:3]

    def take(self, table: str, row: dict) -> None:
        """Three values of each column are enough, those first that it has alone."""
        for column, value in row.items():
            text = json.dumps(value) if isinstance(value, (dict, list)) else value
            if not isinstance(text, str) or column == "organization_id":
                continue
            held = self.ids.setdefault(table, []) if column == "id" else self.columns.setdefault(column, [])
            if text not in held:
                held.insert(0 if self.twin.word in text else len(held), text)
                del held[3:]

    def texts(self, name: str) -> list[str]:
        if name in WORDS:
            return WORDS[name]
        found = [v for column in ALIASES.get(name, (name,)) for v in self.columns.get(column, ())]
        if name in ("customer", "reference", "external_id"):
            found += self.ids["customers"][:1]
        return found or [v for held in self.columns.values() for v in held[:1]]

    def documents(self, name: str) -> list[str]:
        fields = {column: held[0] for column, held in self.columns.items()}
        if name == "event":
            return self.bodies
        if name == "settings":
            return [json.dumps({"limits": "max"}), json.dumps({"limits": self.twin.word}), json.dumps(fields)]
        if name == "usage":
            items = [{"customer": customer, "feature_key": feature, "idempotency_key": key}
                     for customer in self.texts("customer") for feature in self.texts("feature_key")
                     for key in (None, *self.texts("idempotency_key"))]
            return [json.dumps(items[:1]), json.dumps(items), *(json.dumps([one]) for one in items[1:])]
        out = [json.dumps({column: value}) for column, value in fields.items()
               if column in ("name", "email", "external_id", "metadata", "time_zone", "currency")]
        return out + [json.dumps({"note": self.twin.word}), json.dumps(fields)]

    def of(self, argument: Argument) -> list[str]:
        """SQL literals."""
        kind, name = argument.type, argument.name
        if kind == "uuid":
            return list(map(literal, self.uuids(name)))
        if kind == "text":
            return list(map(literal, self.texts(name)))
        if kind in ("json", "jsonb"):
            return list(map(literal, self.documents(name)))
        if kind in PLAIN:
            return [literal(PLAIN[kind])]
        if kind.endswith("[]"):
            if name in WORDS:
                return list(map(literal, WORDS[name]))
            inner = Argument(name, kind[:-2], argument.required)
            return [f"ARRAY[{one}]" for one in self.of(inner)]
        assert kind == "bytea", f"no value is known for the argument {name} {kind}"
        return [f"convert_to({literal(body)}, 'UTF8')" for body in self.bodies]

    def uuids(self, name: str) -> list[str]:
        """Those that the name means come first, then customers, then all there are."""
        first = self.columns.get(name, []) + self.ids.get(TABLES.get(name, "customers"), [])
        rest = [one for held in self.ids.values() for one in held[:2]]
        return list(dict.fromkeys([*first, *rest, str(self.twin.id)]))


def calls(function: Function, own: Pool, foreign: Pool) -> list[str]:
    """First as its own organization would; then all arguments, each by itself, and any mix, from the
    foreign one."""
    required = [one for one in function.arguments if one.required]
    base = {one.name: own.of(one)[0] for one in required}
    out = [function.call(base), function.call({one.name: own.of(one)[0] for one in function.arguments})]
    for place in range(max([min(6, len(foreign.of(one))) for one in function.arguments], default=0)):
        for given in (required, function.arguments):
            out.append(function.call({one.name: at(foreign.of(one), place) for one in given}))
    for one in function.arguments:
        for value in foreign.of(one):
            out.append(function.call({**base, one.name: value}))
    dice = random.Random(function.signature)
    for _ in range(MIXES if function.arguments else 0):
        given = [one for one in function.arguments if one.required or dice.random() < 0.5]
        out.append(function.call({one.name: dice.choice(dice.choice((own, foreign)).of(one)) for one in given}))
    return list(dict.fromkeys(out))


def at(values: list[str], place: int) -> str:
    return values[place % len(values)]
