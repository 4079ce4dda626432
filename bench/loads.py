"""Events in and applied, beside bare INSERTs of the same bodies."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import rig as rigs
from rig import SECRET, Rig, Sample, cpu_seconds, log

COPIES = 2  # of the company's life in one repetition
BATCH = 200
ORGANIZATION = "00000000-0000-0000-0000-000000000001"


@dataclass
class Bodies:
    catalogue: Path
    life: Path
    first: Path


@dataclass
class Side:
    """A database with one organization that has the catalogue applied."""

    rig: Rig
    database: str
    organization: str = ""

    def open(self, bodies: Bodies) -> Side:
        with connect(self) as one:
            one.execute("SELECT billing.create_organization('Bench')::text")
            self.organization = one.fetchone()[0]
        # Its bodies have no mark: the copies share it.
        post(self, bodies.catalogue, self.rig.marks(1))
        apply(self)
        return self


class connect:
    """A cursor of a superuser's connection that has chosen the organization."""

    def __init__(self, side: Side):
        self.connection = side.rig.cluster.connect(side.database)
        self.organization = side.organization

    def __enter__(self):
        cursor = self.connection.cursor()
        if self.organization:
            choose = "SELECT set_config('billing.organization_id', %s, false)"
            cursor.execute(choose, (self.organization,))
        return cursor

    def __exit__(self, *_):
        self.connection.close()


def tail_of(report: dict) -> dict:
    return {name: report[f"{name}_ms"] for name in ("p50", "p99", "max")}


def bare(rig: Rig, bodies: Path, marks: str, form: str = "arrays") -> Sample:
    """What PostgreSQL does with the same bodies and nothing else."""
    rig.cluster.psql("bare", "TRUNCATE bare_events")
    before = rig.server_cpu()
    url = rig.cluster.url("bare")
    report = rig.tool("insert_rows", url, ORGANIZATION, bodies, marks, form)
    events = report["events"]
    server = (rig.server_cpu() - before) * 1e6 / events
    client = report["cpu_seconds"] * 1e6 / events
    return Sample(events, report["seconds"], server + client, client, tail_of(report))


def post(side: Side, bodies: Path, marks: str, connections: int = 64, lanes: int = 0) -> Sample:
    """Signed, through the worker's port; each answer is 200 and leaves after the commit."""
    rig = side.rig
    worker = rig.worker(side.database, LANES=lanes)
    try:
        before = rig.server_cpu() + cpu_seconds(worker.pid)
        report = rig.tool("post_events", worker.port, SECRET, "/webhooks/stripe", bodies, marks,
                          connections)
        after = rig.server_cpu() + cpu_seconds(worker.pid)
        rss = rigs.peak_rss_mb(worker.pid)
    finally:
        worker.stop()
    events = report["events"]
    return Sample(events, report["seconds"], (after - before) * 1e6 / events,
                  report["cpu_seconds"] * 1e6 / events, tail_of(report), rss)


def apply(side: Side) -> Sample:
    """One lane: process_events until nothing waits. The tail is that of a batch."""
    applied, times = 0, []
    with connect(side) as one:
        pid = one.connection.get_backend_pid()
        before, start = cpu_seconds(pid), time.monotonic()
        while True:
            began = time.monotonic()
            one.execute("SELECT applied, failed FROM billing.process_events(%s)", (BATCH,))
            done, failed = one.fetchone()
            if failed:
                raise RuntimeError("an event of the load failed")
            if not done:
                break
            applied += done
            times.append((time.monotonic() - began) * 1000)
        seconds = time.monotonic() - start
        cpu = cpu_seconds(pid) - before
    times.sort()
    tail = {"p50": times[len(times) // 2], "p99": times[int(0.99 * (len(times) - 1))],
            "max": times[-1]}
    return Sample(applied, seconds, cpu * 1e6 / applied, 0, tail)


def load_subscriptions(side: Side, bodies: Bodies, wanted: int) -> int:
    """Through the worker and the engine, until so many subscriptions are stored; then analysed."""
    count = "SELECT count(*) FROM billing_internal.subscriptions"
    stored = 0
    while stored < wanted:
        sample = post(side, bodies.first, side.rig.marks(20))
        applied = apply(side)
        with connect(side) as one:
            one.execute(count)
            stored = one.fetchone()[0]
        log(f"loaded {stored} ({sample.rate:.0f} in, {applied.rate:.0f} applied per s)")
    with connect(side) as one:
        one.execute("VACUUM ANALYZE")
    return stored
