"""The worst that can be given for an argument, by its type."""

from __future__ import annotations

import json
import random

from arguments import Pool, literal
from catalogue_walk import Function

MEGABYTE = 1 << 20
TEXTS = ["", " ", "x" * MEGABYTE, "\U0001f4a9" * 1000, "\x01\x02\x7f", "a'b\"c\\d", "%s%n%100000d", "$$;$1", "\ufffe\u200b\u202e",
         "{}", "NULL", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "../../../etc/passwd",
         "1e400", "infinity", "pgb_", "evt_" + "9" * 300, "a\nb\r\n\t", "İıſK", "=" * 10000]
NUMBERS = ["0", "-1", "1", "9223372036854775807", "-9223372036854775808", "2147483647", "-2147483648", "500", "501"]
TIMES = ["infinity", "-infinity", "4713-11-25 BC", "0001-01-01 BC", "1970-01-01", "1999-12-31 23:59:59.999999", "2038-01-19 03:14:08",
         "9999-12-31", "100000-01-01", "290000-01-01"]
DEEP = 10000
DOCUMENTS = ["null", "true", "0", '""', "[]", "{}", "[[[]]]", "1e400", "-0.0", '{"": ""}', '{"a": {"a": {"a": null}}}', '"x"',
             '{"name": null, "email": null, "external_id": null, "metadata": null}', '{"name": 1, "email": [], "external_id": {}, "metadata": "x"}',
             '{"metadata": {"a": {"b": [1, null, true]}}}', '{"email": "a@b", "email": "c@d"}', '{"time_zone": "Nowhere/None", "currency": "€"}',
             json.dumps({f"key{n}": n for n in range(10000)}), json.dumps({"name": "x" * MEGABYTE, "metadata": {"x" * 10000: "y"}}),
             json.dumps({"metadata": {str(n): "v" * 500 for n in range(60)}}), '{"type": "customer.updated", "id": "evt_1"}',
             '{"id": "evt_h", "type": "x", "created": 99999999999999999999, "data": {"object": {}}}',
             '{"id": "evt_h", "type": "x", "created": -1, "data": {"object": []}}', '"\\ud83d\\ude00"', '{"mrr": {"rate": 1e-300}}']
DOCUMENTS += ["[{}]", "[null, 1, [], \"x\"]", '[{"customer": "", "feature_key": ""}]', json.dumps([{}] * 1001),
              json.dumps([{"customer": "x" * MEGABYTE, "feature_key": "x" * MEGABYTE, "idempotency_key": "x" * MEGABYTE}]),
              *(f'[{{"customer": "same", "feature_key": "calls", "quantity": {n}}}]' for n in (*NUMBERS, "1e400", "-0.0", "0.5", "null")),
              "[" * 3000 + "]" * 3000]
# These jsonb refuses, json keeps.
RAW_DOCUMENTS = ["[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP, '{"a": "\\u0000"}', '{"\\u0000": 1}', '{"a": "\\ud800"}',
                 '{"id": "evt_\\u0000", "type": "customer.updated", "created": 1, "data": {"object": {"id": "cus_1"}}}',
                 '{"id": "evt_deep", "type": "customer.updated", "created": 1, "data": {"object": ' + "[" * DEEP + "]" * DEEP + "}}",
                 '{"id": "evt_big", "type": "invoice.paid", "created": 1, "data": {"object": {"id": "in_1", "total": ' + "9" * 5000 + "}}}"]
UUIDS = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
NUMERICS = ["0", "-1", "NaN", "Infinity", "-Infinity", "1e131071", "1e-16383", "0.000000000001", "99999999999999999999999999999999999999.5"]
INTERVALS = ["0", "-1 day", "1 microsecond", "-178000000 years", "178000000 years", "1000 years", "2147483647 days",
             "-2147483648 months -2147483648 days", "90 days", "90 days 1 microsecond"]


def hostile(kind: str) -> list[str]:
    """SQL literals that the type takes, NULL first."""
    if kind.endswith("[]"):
        return arrays(kind[:-2])
    values = {"text": TEXTS, "uuid": UUIDS, "json": DOCUMENTS + RAW_DOCUMENTS, "jsonb": DOCUMENTS, "numeric": NUMERICS,
              "bigint": NUMBERS, "boolean": ["true", "false"], "interval": INTERVALS,
              "integer": [n for n in NUMBERS if len(n) < 12], "date": ["infinity", "-infinity", "4713-01-01 BC", "0001-01-01 BC",
              "1970-01-01", "2000-01-01", "2999-12-31", "9999-12-31", "5874897-12-31"], "timestamp with time zone": TIMES,
              "bytea": ["", "\\x00", "\\xff" * 1, "\\x" + "00ff" * 1000, "\\x7b7d", "\\x7b226964223a22ff227d"]}
    assert kind in values, f"nothing hostile is known of the type {kind}"
    return ["NULL", *map(literal, values[kind])]


def arrays(kind: str) -> list[str]:
    values = hostile(kind)
    some = ", ".join(f"{one}::{kind}" for one in values[:8] if len(one) < MEGABYTE)
    one = next(value for value in values[1:] if len(value) < 100)
    return ["NULL", "'{}'", f"ARRAY[NULL]::{kind}[]", f"ARRAY[{some}]", f"ARRAY[ARRAY[{some}], ARRAY[{some}]]",
            f"array_fill({one}::{kind}, ARRAY[3, 3])", f"array_fill({one}::{kind}, ARRAY[20000])",
            f"array_fill({one}::{kind}, ARRAY[2], ARRAY[-5])", f"array_fill(NULL::{kind}, ARRAY[1000])"]


def hostile_calls(function: Function, own: Pool, mixes: int = 25) -> list[str]:
    """NULL everywhere, each hostile value in each place among good ones, and all of them mixed."""
    good = {one.name: own.of(one)[0] for one in function.arguments}
    required = {one.name: good[one.name] for one in function.arguments if one.required}
    out = [function.call({name: "NULL" for name in good})]
    for one in function.arguments:
        for value in hostile(one.type):
            out.append(function.call({**required, one.name: value}))
    dice = random.Random(function.signature)
    for _ in range(mixes if function.arguments else 0):
        given = {one.name: dice.choice([*hostile(one.type), *own.of(one)]) for one in function.arguments
                 if one.required or dice.random() < 0.7}
        out.append(function.call(given))
    return list(dict.fromkeys(out))
