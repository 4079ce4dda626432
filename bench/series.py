"""mrr() over 60 months: the same at any number of subscriptions, and beside the peers' join."""

from __future__ import annotations

import time
from pathlib import Path

from rig import Rig, Sample, cpu_seconds, log, median
from table import Line

SMALL = 10_000
CALLS = 100  # of mrr() in one repetition
OURS = """
    SELECT period_start, mrr
    FROM billing.mrr('2021-01-01', '2025-12-31', 'month')
    ORDER BY period_start"""
# What the peers do: each month joined to whoever pays at its end.
JOIN = """
    SELECT m.period_start, sum(s.mrr)::bigint
    FROM (
        SELECT t::date AS period_start, (t + interval '1 month') AT TIME ZONE 'UTC' AS closes
        FROM generate_series(timestamp '2021-01-01', timestamp '2025-12-01', interval '1 month') AS t
        OFFSET 0
    ) AS m
    JOIN peer_subscriptions AS s
        ON s.organization_id = %s
        AND s.started_at < m.closes
        AND (s.ended_at IS NULL OR s.ended_at >= m.closes)
    GROUP BY m.period_start
    ORDER BY m.period_start"""


class Reader:
    """One connection that has chosen an organization."""

    def __init__(self, rig: Rig, count: int):
        start = time.monotonic()
        connection = rig.cluster.connect("series")
        self.pid = connection.get_backend_pid()
        self.cursor = connection.cursor()
        name = f"{count} subscriptions"
        self.cursor.execute("SELECT billing.create_organization(%s)::text", (name,))
        self.organization = self.cursor.fetchone()[0]
        script = (Path(__file__).parent / "subscriptions.sql").read_text()
        head = f"\\set organization {self.organization}\n\\set count {count}\n"
        rig.cluster.psql("series", head + script)
        choose = "SELECT set_config('billing.organization_id', %s, false)"
        self.cursor.execute(choose, (self.organization,))
        log(f"{name} stored in {time.monotonic() - start:.0f} s")

    def rows(self, sql: str) -> list[tuple]:
        self.cursor.execute(sql, (self.organization,) if "%s" in sql else None)
        return self.cursor.fetchall()

    def sample(self, sql: str, calls: int) -> Sample:
        times = []
        before = cpu_seconds(self.pid)
        for _ in range(calls):
            start = time.monotonic()
            self.rows(sql)
            times.append(time.monotonic() - start)
        cpu = (cpu_seconds(self.pid) - before) * 1e6 / calls
        times.sort()
        tail = {"p50": median(times), "p99": times[int(0.99 * (calls - 1))], "max": times[-1]}
        # The rate of the median call: one call that was kept waiting says nothing about the others.
        return Sample(1, median(times), cpu, 0, {k: v * 1000 for k, v in tail.items()})


def compared(what: str, ours: list[Sample], base: list[Sample], target: float) -> Line:
    rate, other = median(s.rate for s in ours), median(s.rate for s in base)
    ratios = sorted(a.rate / b.rate for a, b in zip(ours, base))
    tail = {k: median(s.tail[k] for s in ours) for k in ours[0].tail}
    return Line(what, rate, other, rate / other, (ratios[0], ratios[-1]), target,
                median(s.cpu_us for s in ours), median(s.cpu_us for s in base), tail)


def run(rig: Rig, rounds: int, large: int) -> tuple[list[Line], list[str]]:
    rig.database("series")
    small, big = Reader(rig, SMALL), Reader(rig, large)
    rig.cluster.psql("series", "VACUUM ANALYZE")
    rig.settle()
    for reader in (small, big):
        if reader.rows(OURS) != reader.rows(JOIN):
            raise RuntimeError("mrr() and the join do not tell the same")
    samples: dict[str, list[Sample]] = {"small": [], "big": [], "join": []}
    for _ in range(min(rounds, 3)):
        for name, reader, sql, calls in (("small", small, OURS, CALLS), ("big", big, OURS, CALLS),
                                         ("join", big, JOIN, 1)):
            samples[name].append(reader.sample(sql, calls))
            log(f"mrr {name}: {samples[name][-1].tail['p50']:.2f} ms")
    return [
        compared(f"d mrr() at {large} / at {SMALL}", samples["big"], samples["small"], 1 / 1.2),
        compared(f"d mrr() / join at {large}", samples["big"], samples["join"], 300),
    ], ["mrr() and the join gave the same 60 numbers at both sizes."]
