"""What the webhook tests share: small events, an eye on the inbox, and a crowd of senders."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
import uuid

import psycopg2

from stripe_sender import StripeSender, signature

SECRET = "whsec_e2e_current"
names = itertools.count(1)


def new_id() -> str:
    return f"evt_{uuid.uuid4().hex[:12]}_{next(names)}"


def event(id: str | None = None, **more) -> str:
    """An event of a type that changes nothing: only its way is of interest here."""
    return json.dumps({
        "id": id or new_id(),
        "object": "event",
        "type": "e2e.ping",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": "ping_1", "object": "ping"}},
        **more,
    })


def error_of(body: bytes) -> dict:
    """The envelope that every error has."""
    error = json.loads(body)
    assert set(error) == {"statusCode", "message", "errors", "timestamp", "path", "code"}
    return error


class Inbox:
    """The tables as a superuser sees them, each look on a connection of its own."""

    def __init__(self, cluster, database: str):
        self.cluster, self.database = cluster, database

    def rows(self, sql: str, *arguments) -> list[tuple]:
        connection = self.cluster.connect(self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, arguments or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def organization(self, account: str | None = None) -> str:
        sql = "SELECT billing.create_organization('Acme', stripe_account_id => %s)"
        return str(self.rows(sql, account)[0][0])

    def stored(self, id: str) -> list[tuple[str, bytes]]:
        """Organization and raw body of each row with this event id."""
        sql = "SELECT organization_id::text, body FROM billing_internal.events WHERE event_id = %s"
        return [(row[0], bytes(row[1])) for row in self.rows(sql, id)]

    def ids(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT event_id FROM billing_internal.events")]

    def pending(self) -> int:
        return self.rows("SELECT count(*) FROM billing_internal.event_queue")[0][0]

    def locked(self):
        """A connection whose open transaction keeps every event out of the inbox."""
        connection = psycopg2.connect(self.cluster.url(self.database))
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE billing_internal.events IN ACCESS EXCLUSIVE MODE")
        return connection

    def waiting(self) -> int:
        """Statements that wait for a lock in this database."""
        sql = """SELECT count(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        return self.rows(sql)[0][0]


class Crowd:
    """Senders on threads, each posting a new event after the other until told to stop."""

    def __init__(self, port: int, path: str, senders: int = 8):
        self.port, self.path = port, path
        self.acknowledged: list[str] = []
        self.others: list[int] = []  # statuses that are not 200
        self.broken = 0  # connections that ended without an answer
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.send, daemon=True) for _ in range(senders)]
        for thread in self.threads:
            thread.start()

    def send(self) -> None:
        sender = StripeSender(self.port, SECRET, self.path)
        while not self.ended.is_set():
            id = new_id()
            try:
                status, _ = sender.post(event(id))
            except (OSError, http.client.HTTPException):
                self.broken += 1
                self.ended.wait(0.02)
                continue
            if status == 200:
                self.acknowledged.append(id)
            else:
                self.others.append(status)
        sender.close()

    def stop(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a sender never got its answer"


class Posting(threading.Thread):
    """One post on a thread of its own; `answer` is there after join()."""

    def __init__(self, port: int, path: str, body: str):
        super().__init__(daemon=True)
        self.port, self.path, self.body = port, path, body
        self.answer: tuple[int, bytes] | None = None
        self.retry_after: str | None = None
        self.start()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Stripe-Signature": signature(self.body.encode(), SECRET)}
        connection.request("POST", self.path, self.body.encode(), headers)
        answer = connection.getresponse()
        self.retry_after = answer.getheader("Retry-After")
        self.answer = answer.status, answer.read()
        connection.close()
