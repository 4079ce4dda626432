"""A connection as PostgREST has one, in the hands of somebody who can say any SQL on it."""

from __future__ import annotations

import json
from contextlib import contextmanager

import psycopg2


class Session:
    def __init__(self, dsn: str, **options):
        self.raw = psycopg2.connect(dsn, **options)
        self.raw.autocommit = True
        self.cursor = self.raw.cursor()

    def run(self, sql: str, *arguments) -> list:
        self.cursor.execute(sql, arguments or None)
        return self.cursor.fetchall() if self.cursor.description else []

    def value(self, sql: str, *arguments):
        return self.run(sql, *arguments)[0][0]

    def attempt(self, sql: str, *arguments):
        """The rows, or the SQLSTATE of the error; inside a transaction by a savepoint."""
        inside = self.raw.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE
        if inside:
            self.run("SAVEPOINT attempt")
        try:
            return self.run(sql, *arguments)
        except psycopg2.Error as error:
            if inside:
                self.run("ROLLBACK TO attempt")
            return error.pgcode

    def show(self, headers: dict, claims: dict | None = None) -> None:
        """What PostgREST sets before it asks for the request."""
        self.run("SELECT set_config('role', 'billing_anon', true),"
                 " set_config('request.headers', %s, true), set_config('request.jwt.claims', %s, true)",
                 json.dumps({k.lower(): v for k, v in headers.items()}), json.dumps(claims or {}))

    @contextmanager
    def request(self, headers: dict, claims: dict | None = None):
        """A transaction that has become the request of these headers."""
        self.run("BEGIN")
        try:
            self.show(headers, claims)
            self.run("SELECT billing.pre_request()")
            yield self
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def emails(self):
        """The customers in sight, or the SQLSTATE of the refusal."""
        found = self.attempt("SELECT email FROM billing.customers ORDER BY email")
        return found if isinstance(found, str) else [email for (email,) in found]

    def close(self) -> None:
        self.raw.close()
