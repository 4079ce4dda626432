"""Query strings: filters, order, limit and offset; select with embedded resources."""

from __future__ import annotations

import re

from .errors import Refused
from .statement import Statement, quoted

RESERVED = {"select", "order", "limit", "offset", "columns", "on_conflict"}
COMPARE = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
WORDS = {"null": "NULL", "true": "TRUE", "false": "FALSE", "unknown": "UNKNOWN"}


def elements(text: str) -> list[str]:
    """(a,"b,c",d) -> a; b,c; d"""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|([^,]+)', text.strip("()"))
    return [re.sub(r"\\(.)", r"\1", inside) if inside else plain for inside, plain in found]


def condition(out: Statement, source: str, column: str, text: str) -> str:
    operator, _, value = text.partition(".")
    if operator == "not":
        return f"NOT ({condition(out, source, column, value)})"
    name = f"{quoted(source)}.{quoted(column)}"
    if operator in COMPARE:
        return f"{name} {COMPARE[operator]} {out.add(value)}"
    if operator in ("like", "ilike"):
        return f"{name} {operator.upper()} {out.add(value.replace('*', '%'))}"
    if operator == "in":
        array = "{" + ",".join('"' + re.sub(r'(["\\])', r"\\\1", e) + '"' for e in elements(value)) + "}"
        return f"{name} = ANY ({out.add(array)})"
    if operator == "is" and value.lower() in WORDS:
        return f"{name} IS {WORDS[value.lower()]}"
    raise Refused(400, "PGRST100", f'"failed to parse filter ({text})"')


def conditions(out: Statement, source: str, query: list) -> str:
    found = [condition(out, source, k, v) for k, v in query if k not in RESERVED]
    return " WHERE " + " AND ".join(found) if found else ""


def order_term(source: str, text: str) -> str:
    column, *words = text.split(".")
    known = {"asc": "ASC", "desc": "DESC", "nullsfirst": "NULLS FIRST", "nullslast": "NULLS LAST"}
    if any(word not in known for word in words):
        raise Refused(400, "PGRST100", f'"failed to parse order ({text})"')
    return " ".join([f"{quoted(source)}.{quoted(column)}", *(known[word] for word in words)])


def paging(out: Statement, source: str, query: list) -> str:
    given = dict(query)
    sql = ""
    if "order" in given:
        sql += " ORDER BY " + ", ".join(order_term(source, t) for t in given["order"].split(","))
    for word in ("limit", "offset"):
        if word in given:
            if not re.fullmatch(r"\d+", given[word]):
                raise Refused(400, "PGRST100", f'"failed to parse {word} ({given[word]})"')
            sql += f" {word.upper()} {out.add(given[word])}"
    out.offset = int(given.get("offset", 0))
    return sql


def split_select(text: str) -> list[str]:
    """At the commas outside of parentheses."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]
