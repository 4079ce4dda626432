"""/view: GET with filters, order, pages, counts and embedded resources; POST, PATCH and DELETE."""

from __future__ import annotations

import json
import re

from .errors import Refused
from .filters import conditions, paging, split_select
from .schema import Link, Schema
from .statement import ROWS, SINGLE, Statement, preferences, quoted, wrap


def relation(schema: Schema, view: str) -> str:
    return f"{quoted(schema.name)}.{quoted(view)}"


def link_of(schema: Schema, view: str, name: str) -> Link:
    found = [link for link in schema.links.get(view, ()) if link.target == name]
    if not found:
        raise Refused(400, "PGRST200", f"Could not find a relationship between '{view}' and '{name}'"
                      " in the schema cache")
    if len(found) > 1:
        raise Refused(300, "PGRST201", f"Could not embed because more than one relationship was found"
                      f" for '{view}' and '{name}'")
    return found[0]


def embedded(schema: Schema, view: str, alias: str, name: str, inner: str, level: int) -> str:
    link = link_of(schema, view, name)
    source, row = quoted(f"{view}_{level}"), quoted(f"{name}_{level + 1}")
    on = " AND ".join(f"{row}.{quoted(b)} = {source}.{quoted(a)}" for a, b in link.pairs)
    columns = select_list(schema, name, inner, level + 1)
    rows = f"SELECT {columns} FROM {relation(schema, name)} AS {row} WHERE {on}"
    shown = "coalesce(json_agg(e), '[]')" if link.many else "json_agg(e)->0"
    return f"(SELECT {shown} FROM ({rows}) AS e) AS {quoted(alias or name)}"


def select_list(schema: Schema, view: str, text: str, level: int = 0) -> str:
    source = quoted(f"{view}_{level}")
    out = []
    for part in split_select(text):
        inside = re.fullmatch(r"(?:(\w+):)?(\w+)\((.*)\)", part)
        if inside:
            out.append(embedded(schema, view, *inside.groups(), level))
        elif part == "*":
            out.append(f"{source}.*")
        else:
            alias, _, column = part.rpartition(":")
            out.append(f"{source}.{quoted(column)}" + (f" AS {quoted(alias)}" if alias else ""))
    return ", ".join(out)


def payload(schema: Schema, view: str, body: str | None) -> tuple[list, str]:
    """The columns that the body names, and a FROM item over its one parameter."""
    try:
        given = json.loads(body or "")
    except ValueError:
        raise Refused(400, "PGRST102", "Empty or invalid json") from None
    rows = given if isinstance(given, list) else [given]
    columns = sorted({k for row in rows for k in row})
    for column in columns:
        if column not in schema.views[view]:
            raise Refused(400, "PGRST204", f"Could not find the '{column}' column of '{view}'"
                          " in the schema cache")
    types = ", ".join(f"{quoted(c)} {schema.views[view][c]}" for c in columns)
    listed = "CASE WHEN json_typeof({0}) = 'array' THEN {0} ELSE json_build_array({0}) END"
    return columns, f"json_to_recordset({listed.format('$1::json')}) AS pgrst_body ({types})"


def write(schema: Schema, method: str, view: str, query: list, out: Statement, body) -> str:
    target = f"{view}_0"
    name = f"{relation(schema, view)} AS {quoted(target)}"
    if method == "DELETE":
        return f"DELETE FROM {name}{conditions(out, target, query)}"
    out.add(body)
    columns, source = payload(schema, view, body)
    listed = ", ".join(map(quoted, columns))
    if method == "POST":
        return f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {source}"
    sets = ", ".join(f"{quoted(c)} = pgrst_body.{quoted(c)}" for c in columns)
    return f"UPDATE {name} SET {sets} FROM {source}{conditions(out, target, query)}"


def table_statement(schema: Schema, method: str, view: str, query: list, headers: dict,
                    body: str | None) -> Statement:
    if view not in schema.views:
        raise Refused(404, "PGRST205", f"Could not find the table '{schema.name}.{view}'"
                      " in the schema cache")
    out = Statement(single=SINGLE in headers.get("accept", ""))
    prefer = preferences(headers)
    columns = select_list(schema, view, dict(query).get("select", "*"))
    if method in ("GET", "HEAD"):
        source = f"{view}_0"
        where = conditions(out, source, query)
        name = f"{relation(schema, view)} AS {quoted(source)}"
        total = f"(SELECT count(*) FROM {name}{where})" if prefer.get("count") == "exact" else "NULL::bigint"
        out.sql = wrap(f"SELECT {columns} FROM {name}{where}{paging(out, source, query)}", ROWS, total)
        out.ranged = True
        return out
    if method not in ("POST", "PATCH", "DELETE"):
        raise Refused(405, "PGRST117", f"Unsupported HTTP method: {method}")
    out.representation = prefer.get("return") == "representation"
    returning = f" RETURNING {columns if out.representation else '1'}"
    out.sql = wrap(write(schema, method, view, query, out, body) + returning, ROWS)
    out.status = 201 if method == "POST" else 200 if out.representation else 204
    return out
