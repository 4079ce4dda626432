"""What PostgREST does to the database, over psycopg2: a stand-in with the same requests and answers.

    api = Postgrest(dsn_of_billing_authenticator, jwt_secret)
    api.request("GET", "/customers?select=id,subscriptions(*)&email=eq.a@x.io", {"X-Api-Key": key})
    api.request("POST", "/rpc/track_usage", {"X-Api-Key": key}, {"customer": "cus_1", ...})

HttpServer(api) in http_server.py answers the same over HTTP, for what stands before PostgREST.

`request(method, path, headers, body)` gives a Response: status, headers (lower-case names), text and
json. A client of a real PostgREST with the same method can stand in its place; nothing else of this
module is for tests, but for `token()`, which signs a JWT. A body is what json.dumps takes, or text.

Per request one transaction on a connection of the pool: BEGIN [READ ONLY], one SELECT of
set_config(...), SELECT billing.pre_request(), one prepared statement with the call (calls.py,
tables.py), COMMIT. Prepared statements live as long as their connection, across requests.

Not here, as nothing depends on it: columns and media types other than JSON, upsert, spread and
aggregates, filters of embedded resources, computed columns.
"""

from __future__ import annotations

import json
import queue
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg2

from .calls import call_statement
from .errors import Refused, answer_of
from .schema import Schema
from .statement import SINGLE, Statement
from .tables import table_statement
from .tokens import claims_of, token

__all__ = ["Postgrest", "Response", "token"]

SETTINGS = ("search_path", "role", "request.jwt.claims", "request.method", "request.path",
            "request.headers", "request.cookies")
READS = ("GET", "HEAD")


@dataclass
class Response:
    status: int
    headers: dict
    text: str

    @property
    def json(self):
        return json.loads(self.text) if self.text else None


class Postgrest:
    def __init__(self, dsn: str, jwt_secret: str = "", pool: int = 1, schema: str = "billing",
                 anon: str = "billing_anon", pre_request: str = "billing.pre_request"):
        self.dsn, self.jwt_secret, self.schema, self.anon = dsn, jwt_secret, schema, anon
        self.pre_request = pre_request
        self.connections: queue.Queue = queue.Queue()
        for _ in range(pool):
            self.connections.put(Connection(dsn))
        with self.borrow() as connection:
            self.known = Schema(connection.raw, schema)

    def close(self) -> None:
        while not self.connections.empty():
            self.connections.get().raw.close()

    def request(self, method: str, path: str, headers: dict | None = None, body=None) -> Response:
        given = {name.lower(): value for name, value in (headers or {}).items()}
        anonymous = True
        try:
            claims = claims_of(given.get("authorization"), self.jwt_secret)
            role = claims.get("role", self.anon)
            anonymous = role == self.anon
            claims = {**claims, "role": role}
            statement = self.statement_of(method, path, given, body)
            with self.borrow() as connection:
                return connection.serve(self, method, path, given, claims, statement)
        except (Refused, psycopg2.Error) as error:
            status, content = answer_of(error, anonymous)
            return Response(status, {"content-type": "application/json; charset=utf-8"},
                            json.dumps(content))

    def borrow(self) -> "Borrowed":
        return Borrowed(self)

    def statement_of(self, method: str, path: str, headers: dict, body) -> Statement:
        split = urlsplit(path)
        names = [unquote(part) for part in split.path.strip("/").split("/")]
        query = parse_qsl(split.query, keep_blank_values=True)
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        if len(names) == 2 and names[0] == "rpc":
            return call_statement(self.known, method, names[1], query, headers, text)
        if len(names) == 1 and names[0]:
            return table_statement(self.known, method, names[0], query, headers, text)
        raise Refused(404, "PGRST125", "Invalid path specified in request URL")


class Borrowed:
    """A connection of the pool for a with block; a broken one is replaced."""

    def __init__(self, api: Postgrest):
        self.api = api

    def __enter__(self) -> "Connection":
        self.connection = self.api.connections.get()
        if self.connection.raw.closed:
            self.connection = Connection(self.api.dsn)
        return self.connection

    def __exit__(self, *_) -> None:
        self.api.connections.put(self.connection)


class Connection:
    def __init__(self, dsn: str):
        self.raw = psycopg2.connect(dsn)
        self.raw.autocommit = True
        self.prepared: dict[str, str] = {}

    def serve(self, api: Postgrest, method: str, path: str, headers: dict, claims: dict,
              statement: Statement) -> Response:
        values = (f'"{api.schema}", "public"', claims["role"], json.dumps(claims), method,
                  unquote(urlsplit(path).path), json.dumps(headers), "{}")
        with self.raw.cursor() as cursor:
            read_only = method in READS or statement.read_only
            cursor.execute("BEGIN ISOLATION LEVEL READ COMMITTED "
                           + ("READ ONLY" if read_only else "READ WRITE"))
            try:
                set_locally(cursor, [*zip(SETTINGS, values), *api.known.settings.get(claims["role"], [])])
                if api.pre_request:
                    cursor.execute(f"SELECT {api.pre_request}()")
                row = self.run(cursor, statement)
                if statement.single and row[1] != 1:
                    raise Refused(406, "PGRST116", "Cannot coerce the result to a single JSON object",
                                  f"The result contains {row[1]} rows")
            except Exception:
                if not self.raw.closed:
                    cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")
        return response_of(method, statement, *row)

    def run(self, cursor, statement: Statement) -> tuple:
        name = self.prepared.get(statement.sql)
        if name is None:
            name = f"s{len(self.prepared)}"
            cursor.execute(f"PREPARE {name} AS {statement.sql}".encode())
            self.prepared[statement.sql] = name
        marks = ", ".join(["%s"] * len(statement.values))
        cursor.execute(f"EXECUTE {name}" + (f"({marks})" if marks else ""), statement.values or None)
        return cursor.fetchone()


def set_locally(cursor, settings: list) -> None:
    calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    cursor.execute(f"SELECT {calls}", [word for pair in settings for word in pair])


def response_of(method: str, statement: Statement, total, rows, body, set_headers, set_status):
    headers = {"content-type": "application/json; charset=utf-8"}
    status = statement.status
    if statement.ranged:
        first = statement.offset
        span = f"{first}-{first + rows - 1}" if rows else "*"
        headers["content-range"] = f"{span}/{'*' if total is None else total}"
        if total is not None and rows < total:
            status = 416 if first and first >= total else 206
    for one in json.loads(set_headers or "[]"):
        headers.update({name.lower(): value for name, value in one.items()})
    if statement.single:
        body = json.dumps(json.loads(body)[0])
        headers["content-type"] = f"{SINGLE}; charset=utf-8"
    hidden = method == "HEAD" or not statement.representation
    return Response(int(set_status or status), headers, "" if hidden else body or "")
