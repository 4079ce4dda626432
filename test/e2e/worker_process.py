"""The real worker as a child process, known by what it logs and by its pid."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

BINARY = Path(__file__).parents[2] / "build" / "pg_billing_worker"


def wait_until(condition, what: str, seconds: float = 30):
    """Polls until the condition is true, and says what never became so."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"never happened: {what}")


class Worker:
    def __init__(self, database_url: str, environment: dict[str, str]):
        plain = {
            "PATH": os.environ["PATH"],
            "PG_BILLING_DATABASE_URL": database_url,
            "PG_BILLING_LISTEN": "127.0.0.1:0",
            "PG_BILLING_ADMIN_LISTEN": "127.0.0.1:0",
        }
        self.lines: list[dict] = []
        self.process = subprocess.Popen(
            [str(BINARY), "run"], env={**plain, **environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.port = self.listening("webhooks")
        self.admin_port = self.listening("admin")

    @property
    def pid(self) -> int:
        return self.process.pid

    def read(self) -> None:
        for line in self.process.stderr:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.lines.append({"event": "not json", "text": line})

    def listening(self, listener: str) -> int:
        def port():
            assert self.process.poll() is None, self.lines
            return next((x["port"] for x in list(self.lines)
                         if x.get("event") == "listening" and x.get("listener") == listener), None)

        return wait_until(port, f"the worker listens for {listener}")

    def admin(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ready(self) -> bool:
        try:
            return self.admin("/readyz")[0] == 200
        except OSError:
            return False

    def wait_ready(self) -> None:
        wait_until(self.ready, "the worker is ready")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> int:
        """A polite stop; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.reader.join()
