"""Posts signed events as Stripe does, over several connections that stay open."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import sys
import threading
import time


def signature(body: bytes, secret: str) -> str:
    when = int(time.time())
    made = hmac.new(secret.encode(), b"%d.%s" % (when, body), hashlib.sha256)
    return f"t={when},v1={made.hexdigest()}"


class Progress:
    """A bar on a terminal, a line for each tenth elsewhere."""

    WIDTH = 40

    def __init__(self, what: str, total: int):
        self.what, self.total = what, total
        self.bar = sys.stdout.isatty()
        self.said = -1

    def show(self, done: int) -> None:
        tenth = done * 10 // self.total
        if self.bar:
            full = done * self.WIDTH // self.total
            line = f"\r{self.what} [{'#' * full}{'.' * (self.WIDTH - full)}] {done}/{self.total}"
            print(line, end="\n" if done == self.total and self.said < 10 else "", flush=True)
            self.said = tenth
        elif tenth > self.said:
            self.said = tenth
            print(f"{self.what}: {done}/{self.total}", flush=True)


class Sender:
    def __init__(self, port: int, secret: str, connections: int = 16):
        self.port, self.secret, self.connections = port, secret, connections
        self.acknowledged = 0
        self.refused: list[tuple[int, bytes]] = []
        self.lock = threading.Lock()

    def send_all(self, bodies: list[bytes], progress: Progress) -> float:
        """Roughly in order, as each connection takes every n-th. The seconds that it took."""
        began = time.monotonic()
        threads = [
            threading.Thread(target=self.run, args=(bodies[i :: self.connections],), daemon=True)
            for i in range(self.connections)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            threads[0].join(0.1)
            progress.show(min(self.acknowledged, len(bodies) - 1))
            for thread in threads:
                thread.join(0.01)
        if self.refused or self.acknowledged < len(bodies):
            missing = len(bodies) - self.acknowledged
            sys.exit(f"{missing} events were not acknowledged: {self.refused[:3]}")
        progress.show(len(bodies))
        return time.monotonic() - began

    def run(self, bodies: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for body in bodies:
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": signature(body, self.secret),
            }
            connection.request("POST", "/webhooks/stripe", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            with self.lock:
                if answer.status == 200:
                    self.acknowledged += 1
                else:
                    self.refused.append((answer.status, text))
        connection.close()
