"""/rpc/function: GET with arguments in the query, POST with a JSON object."""

from __future__ import annotations

import json

from .errors import Refused
from .filters import RESERVED, conditions, paging
from .schema import Function, Schema
from .statement import OBJECT, ROWS, Statement, quoted, wrap


def choose(schema: Schema, name: str, given: set) -> Function:
    """The one overload whose arguments have these names."""
    fits = [f for f in schema.functions.get(name, ())
            if given <= set(f.arguments) and set(f.required) <= given]
    if not fits:
        raise Refused(404, "PGRST202", f"Could not find the function {schema.name}.{name}"
                      f"({', '.join(sorted(given))}) in the schema cache")
    if len(fits) > 1:
        raise Refused(300, "PGRST203", f"Could not choose the best candidate function {name}")
    return fits[0]


def arguments_of(schema: Schema, method: str, name: str, query: list, body: str | None):
    """What is for the function, and what filters its answer."""
    if method != "POST":
        names = {a for f in schema.functions.get(name, ()) for a in f.arguments}
        plain = [(k, v) for k, v in query if k not in RESERVED]
        # A value such as eq.5 under a name that is no argument is a filter.
        filters = [(k, v) for k, v in plain if k not in names and "." in v]
        return {k: v for k, v in plain if (k, v) not in filters}, filters
    try:
        given = json.loads(body or "{}")
    except ValueError:
        raise Refused(400, "PGRST102", "Empty or invalid json") from None
    if not isinstance(given, dict):
        raise Refused(400, "PGRST102", "All object keys must match")
    return given, [(k, v) for k, v in query if k not in RESERVED]


def literal(value, kind: str) -> str | None:
    """A JSON value as the text of an SQL type."""
    if value is None or isinstance(value, str):
        return value
    if kind.endswith("[]") and isinstance(value, list):
        return "{" + ",".join("NULL" if v is None else json.dumps(str(v)) for v in value) + "}"
    return json.dumps(value)


def call_statement(schema: Schema, method: str, name: str, query: list, headers: dict,
                   body: str | None) -> Statement:
    if method not in ("GET", "HEAD", "POST"):
        raise Refused(405, "PGRST101", f"Cannot use the {method} method on RPC")
    given, filters = arguments_of(schema, method, name, query, body)
    function = choose(schema, name, set(given))
    out = Statement(read_only=not function.volatile)
    marks = ", ".join(
        f"{quoted(k)} := {out.add(literal(v, function.arguments[k]))}::{function.arguments[k]}"
        for k, v in given.items())
    call = f"{quoted(schema.name)}.{quoted(name)}({marks})"
    if function.nothing:
        out.sql, out.status, out.representation = wrap(f"SELECT {call}", "NULL"), 204, False
    elif function.composite:
        source = f"SELECT pgrst_call.* FROM {call} AS pgrst_call"
        source += conditions(out, "pgrst_call", filters) + paging(out, "pgrst_call", query)
        out.sql = wrap(source, ROWS if function.many else OBJECT)
        out.ranged = function.many
    else:
        scalar = "json_agg(_postgrest_t.pgrst_scalar)"
        shown = f"coalesce({scalar}, '[]')" if function.many else f"({scalar}->0)"
        out.sql = wrap(f"SELECT {call} AS pgrst_scalar", f"{shown}::text")
    return out
