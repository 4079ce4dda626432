"""What every benchmark stands on: a private server, the real worker, processor time."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("PG_BILLING_BUILD", ROOT / "build"))
# Last: a module of this directory comes before one of the same name there.
sys.path.append(str(ROOT / "test" / "e2e"))

import worker_process  # noqa: E402
from cluster import Cluster  # noqa: E402

worker_process.BINARY = BUILD / "pg_billing_worker"
SECRET = "whsec_bench"
SETTINGS = {
    "fsync": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "max_connections": 50,
}
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Sample:
    """One repetition: how many operations, how long, at what processor time (microseconds each)."""

    operations: int
    seconds: float
    cpu_us: float  # per operation, of the side that is measured
    client_us: float = 0.0  # per operation, of whoever drives it
    tail: dict = field(default_factory=dict)  # name -> milliseconds
    rss_mb: float = 0.0

    @property
    def rate(self) -> float:
        return self.operations / self.seconds


def stat(pid: int) -> list[int]:
    """utime, stime, cutime, cstime; zeros for a process that is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return [0, 0, 0, 0]
    return [int(word) for word in words[11:15]]


def cpu_seconds(pid: int) -> float:
    return sum(stat(pid)[:2]) / TICK


class Server(Cluster):
    """Whose flushes may be told to take longer, as other disks' do."""

    flush_us = 0

    def environment(self) -> dict[str, str]:
        library = BUILD / "libbench_slow_flush.so"
        return {"LD_PRELOAD": str(library), "BENCH_FLUSH_US": str(self.flush_us)} if self.flush_us else {}


class Rig:
    def __init__(self):
        self.cluster = Server(**SETTINGS)
        self.number = 0
        self.directory = self.cluster.directory
        self.note_postmaster()
        self.make_templates()

    def note_postmaster(self) -> None:
        pid_file = self.cluster.data / "postmaster.pid"
        self.postmaster = int(pid_file.read_text().split()[0])

    def flush_slowly(self, microseconds: int) -> None:
        """Restarts the server; each flush takes so much longer from then on."""
        self.cluster.flush_us = microseconds
        self.cluster.restart()
        self.note_postmaster()

    def make_templates(self) -> None:
        """One database as a new user has it, one with the table of the bare INSERTs."""
        self.cluster.psql("postgres", "CREATE DATABASE fresh")
        self.cluster.psql("fresh", "CREATE EXTENSION pg_billing; SELECT billing.install();")
        self.cluster.psql("fresh", "CREATE ROLE bench_worker LOGIN IN ROLE billing_worker")
        self.cluster.psql("postgres", "CREATE DATABASE bare")
        self.cluster.psql("bare", """
            CREATE TABLE bare_events (
                organization_id uuid,
                event_id text,
                body bytea COMPRESSION lz4,
                PRIMARY KEY (organization_id, event_id)
            )""")

    def database(self, name: str, template: str = "fresh") -> str:
        self.cluster.psql("postgres", f"DROP DATABASE IF EXISTS {name}")
        self.cluster.psql("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def marks(self, count: int) -> str:
        """Marks that no body of this rig has had."""
        self.number += count
        return ",".join(f"{n:04d}" for n in range(self.number - count, self.number))

    def worker(self, database: str, **settings) -> worker_process.Worker:
        made = worker_process.Worker(
            self.cluster.url(database, "bench_worker"),
            {"PG_BILLING_STRIPE_WEBHOOK_SECRETS": SECRET,
             **{f"PG_BILLING_{name}": str(value) for name, value in settings.items()}},
        )
        made.wait_ready()
        return made

    def server_cpu(self) -> float:
        """Seconds of the postmaster and all its children, the ended ones included."""
        children = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text()
        living = sum(cpu_seconds(int(pid)) for pid in children.split())
        return living + sum(stat(self.postmaster)) / TICK

    def tool(self, name: str, *words) -> dict:
        """Runs a program of bench/ and returns the line that it reports."""
        done = subprocess.run(
            [str(BUILD / f"bench_{name}"), *map(str, words)],
            capture_output=True, text=True, timeout=180,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return json.loads(done.stdout)

    def settle(self) -> None:
        """Between repetitions: no dirty page of the last one is left for the next."""
        self.cluster.psql("postgres", "CHECKPOINT")

    def close(self) -> None:
        self.cluster.destroy()


def peak_rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def median(values) -> float:
    return statistics.median(values)


def log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
