"""One statement as PostgREST builds it, with its parameters in order."""

from __future__ import annotations

from dataclasses import dataclass, field


SINGLE = "application/vnd.pgrst.object+json"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass
class Statement:
    sql: str = ""
    values: list = field(default_factory=list)
    status: int = 200
    read_only: bool = False
    ranged: bool = False  # answers a Content-Range
    offset: int = 0
    representation: bool = True
    single: bool = False  # one row, as an object, or nothing is done

    def add(self, value) -> str:
        """A parameter; its mark in the text."""
        self.values.append(value)
        return f"${len(self.values)}"


def wrap(source: str, body: str, total: str = "NULL::bigint") -> str:
    """The answer's one row: total, rows, body, and what the call has set."""
    return (f"WITH pgrst_source AS ({source}) SELECT {total}, "
            f"pg_catalog.count(_postgrest_t), {body}, "
            "nullif(current_setting('response.headers', true), ''), "
            "nullif(current_setting('response.status', true), '') "
            "FROM (SELECT * FROM pgrst_source) AS _postgrest_t")


ROWS = "coalesce(json_agg(_postgrest_t), '[]')::text"
OBJECT = "coalesce((json_agg(_postgrest_t)->0)::text, 'null')"


def preferences(headers: dict) -> dict:
    pairs = (one.strip().partition("=") for one in headers.get("prefer", "").split(","))
    return {name: value for name, _, value in pairs if name}
