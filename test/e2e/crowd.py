"""Many sessions at once that consume one customer's quota, and something that happens meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg2

PATIENCE = 60  # seconds until a wait is a failure


def died(connection, error: psycopg2.Error) -> bool:
    """Whether the session is over, be it that its connection has not noticed yet.

    An error of the wire has no code, and the server's farewell one of 57P0n."""
    return bool(connection.closed) or (error.pgcode or "57P0").startswith("57P0")


@dataclass
class Attempt:
    started: float
    allowed: bool | None  # None: the session died before it knew
    used: int | None = None


@dataclass
class Crowd:
    """`sessions` connections; attempts are made by all of them until none is left."""

    cluster: object
    database: str
    organization: object
    sessions: int = 100
    quantity: int = 1
    attempts: list[Attempt] = field(default_factory=list)

    def __post_init__(self):
        self.changed = threading.Condition()
        self.left = 0

    def connect(self):
        connection = self.cluster.connect(self.database)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('billing.organization_id', %s, false)",
                           (str(self.organization.id),))
        return connection

    def consume(self, cursor, number: int) -> tuple[bool, int]:
        """(allowed, used) of one attempt; a test may put another in its place."""
        cursor.execute("SELECT allowed, used FROM billing.track_usage('cus_1', 'api', %s)",
                       (self.quantity,))
        return cursor.fetchone()

    def one_of_many(self, _) -> None:
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                self.gate.wait(PATIENCE)
                while (number := self.take()) is not None:
                    started = time.monotonic()
                    try:
                        self.note(Attempt(started, *self.consume(cursor, number)))
                    except psycopg2.Error as error:
                        self.note(Attempt(started, None))
                        if not died(connection, error):
                            raise
                        return
        finally:
            connection.close()

    def take(self) -> int | None:
        """The number of one more attempt, or None where all are made."""
        with self.changed:
            self.left -= 1
            return self.left if self.left >= 0 else None

    def note(self, attempt: Attempt) -> None:
        with self.changed:
            self.attempts.append(attempt)
            self.changed.notify_all()

    def wait_for(self, attempts: int) -> None:
        """Until that many attempts are over."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.attempts) >= attempts, PATIENCE)

    def run(self, attempts: int) -> None:
        """That many attempts, and no more."""
        with self.working(attempts):
            pass

    def run_while(self, before: int, happens, after: int) -> float:
        """At least `before` attempts, then `happens()` in their middle, then `after` more.

        Gives the moment when it was over."""
        with self.working(10**9):
            self.wait_for(before)
            happens()
            over = time.monotonic()
            with self.changed:
                self.left = after
        return over

    @contextmanager
    def working(self, attempts: int):
        self.left = attempts
        self.gate = threading.Barrier(self.sessions)
        with ThreadPoolExecutor(self.sessions) as pool:
            work = pool.map(self.one_of_many, range(self.sessions))
            try:
                yield
            except BaseException:
                self.left = 0
                raise
            list(work)

    @property
    def allowed(self) -> int:
        return sum(bool(a.allowed) for a in self.attempts)
