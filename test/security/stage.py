"""One transaction in which any role can be taken, and every answer is kept whole.

    with Stage(connection) as stage:
        stage.enter(actor)
        before = [stage.answer(sql) for sql in attempts]   # each rolled back
        stage.forget(other)
        after = [stage.answer(sql) for sql in attempts]

The session is a superuser's, so that the other organization can vanish in the same transaction, at
the same now(): what an answer says must not depend on whether it is there.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass

import psycopg2

from catalogue_walk import relations, tenant_column

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SECRET = re.compile(r"pgb_\w+")


@dataclass(frozen=True)
class Actor:
    """A role, and how it comes to its organization."""

    name: str
    role: str
    headers: dict | None = None  # of a request
    claims: dict | None = None
    organization: str | None = None  # of a back end

    def __str__(self) -> str:
        return self.name


class Stage:
    def __init__(self, connection):
        self.connection = connection
        self.cursor = connection.cursor()

    def __enter__(self) -> "Stage":
        self.cursor.execute("BEGIN")
        return self

    def __exit__(self, *_) -> None:
        self.cursor.execute("ROLLBACK")

    def enter(self, actor: Actor) -> None:
        if actor.headers is None:
            self.cursor.execute(f"SET LOCAL ROLE {actor.role}")
            if actor.organization is not None:
                self.cursor.execute("SELECT billing.use_organization(%s)", (actor.organization,))
        else:
            headers = {name.lower(): value for name, value in actor.headers.items()}
            self.cursor.execute(
                "SELECT set_config('role', %s, true), set_config('request.headers', %s, true),"
                " set_config('request.jwt.claims', %s, true)",
                (actor.role, json.dumps(headers), json.dumps(actor.claims or {})))
            self.cursor.execute("SELECT billing.pre_request()")
        self.cursor.execute("SELECT current_user")
        self.role = self.cursor.fetchone()[0]

    def forget(self, twin) -> None:
        """The other organization is no longer there, nor ever was."""
        self.cursor.execute("RESET ROLE")
        self.cursor.execute("SET LOCAL session_replication_role = replica")
        for relation in relations(self.cursor):
            column = tenant_column(relation)
            if relation.kind in "rp" and column:
                self.cursor.execute(f"DELETE FROM {relation} WHERE {column} = %s", (str(twin.id),))
        self.cursor.execute("SET LOCAL session_replication_role = origin")
        self.cursor.execute(f"SET LOCAL ROLE {self.role}")

    def answer(self, sql: str, keep: bool = False) -> tuple:
        """Rows or the whole error, and the notices; what was written is undone unless kept."""
        self.cursor.execute("SAVEPOINT attempt")
        self.connection.notices.clear()
        try:
            found = ("rows", *self.rows(sql))
        except psycopg2.Error as error:
            said = error.diag
            found = ("error", error.pgcode, said.message_primary, said.message_detail, said.message_hint,
                     said.schema_name, said.table_name, said.column_name, said.constraint_name)
            self.cursor.execute("ROLLBACK TO attempt")
        notices = tuple(self.connection.notices)
        if not keep:
            self.cursor.execute("ROLLBACK TO attempt")
        self.cursor.execute("RELEASE attempt")
        return found + notices

    def rows(self, sql: str) -> list[str]:
        if sql.startswith("COPY"):
            copied = io.StringIO()
            self.cursor.copy_expert(sql, copied)
            return sorted(copied.getvalue().splitlines())
        self.cursor.execute(sql)
        return sorted(map(repr, self.cursor.fetchall())) if self.cursor.description else []


def rows_of(relation, twin=None) -> str:
    """The rows of an organization, or all of them, as a FROM clause."""
    column = tenant_column(relation)
    return f"{relation} AS t" + (f" WHERE {column} = '{twin.id}'" if twin and column else "")


def uuids_of(connection, twin=None) -> set[str]:
    """All that any row holds, or any row of the organization."""
    with connection.cursor() as cursor:
        found = set()
        for relation in relations(cursor):
            if relation.kind in "rp":
                cursor.execute(f"SELECT t::text FROM {rows_of(relation, twin)}")
                found |= {one for (row,) in cursor.fetchall() for one in UUID.findall(row)}
    return found


def plain(answer: tuple, known: set[str]) -> tuple:
    """Ids and secrets that the call itself made are random: they are told from none that was there."""
    def same(text):
        if not isinstance(text, str):
            return text
        return SECRET.sub("<secret>", UUID.sub(lambda id: id[0] if id[0] in known else "<new>", text))

    return tuple(map(same, answer))


def fingerprint(connection, twin) -> dict[str, str]:
    """Relation -> all of the organization's rows in it, to the last byte."""
    out = {}
    with connection.cursor() as cursor:
        for relation in relations(cursor):
            if relation.kind in "rp":
                cursor.execute("SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text))"
                               f" FROM {rows_of(relation, twin)}")
                out[str(relation)] = cursor.fetchone()[0]
    return out
