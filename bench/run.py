#!/usr/bin/env python3
"""Runs the benchmarks and prints one table; script/bench calls it, README.md says what they are."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import access  # noqa: E402
import envelope  # noqa: E402
import loads  # noqa: E402
import series  # noqa: E402
from rig import Rig, Sample, log, median  # noqa: E402
from table import Line, print_table  # noqa: E402


def rate(samples: list[Sample]) -> float:
    return median(s.rate for s in samples)


def line(what: str, ours: list[Sample], base: list[Sample], target: float) -> Line:
    spread = sorted(a.rate / b.rate for a, b in zip(ours, base))
    tail = {k: median(s.tail[k] for s in ours) for k in ours[0].tail}
    return Line(what, rate(ours), rate(base), rate(ours) / rate(base), (spread[0], spread[-1]),
                target, median(s.cpu_us for s in ours), median(s.cpu_us for s in base), tail)


class Loads:
    """(a), (b) and (c) share their repetitions: each is paired with the others of its round."""

    def __init__(self, rig: Rig, bodies: loads.Bodies, parts: set[str], rounds: int, stored: int):
        self.rig, self.bodies, self.parts = rig, bodies, parts
        self.samples: dict[str, list[Sample]] = {}
        if "c" in parts:
            self.full = loads.Side(rig, rig.database("loaded")).open(bodies)
            self.stored = loads.load_subscriptions(self.full, bodies, stored)
        for number in range(rounds):
            self.round(number)

    def keep(self, name: str, sample: Sample) -> None:
        self.samples.setdefault(name, []).append(sample)
        tail = " ".join(f"{k} {v:.1f}" for k, v in sample.tail.items())
        log(f"{name:16} {sample.rate:8.0f}/s  {sample.cpu_us:6.1f} us CPU  {tail} ms")

    def round(self, number: int) -> None:
        marks = self.rig.marks(loads.COPIES)
        self.rig.settle()
        self.keep("bare", loads.bare(self.rig, self.bodies.life, marks))
        if "a" in self.parts:
            self.rig.settle()
            self.keep("bare rows", loads.bare(self.rig, self.bodies.life, marks, "rows"))
        sides = [("", loads.Side(self.rig, self.rig.database("empty")).open(self.bodies))]
        if "c" in self.parts:
            sides.append((" loaded", self.full))
        # Nobody always comes second.
        for name, side in reversed(sides) if number % 2 else sides:
            self.rig.settle()
            self.keep(f"post{name}", loads.post(side, self.bodies.life, marks))
            if self.parts & {"b", "c"}:
                self.keep(f"apply{name}", loads.apply(side))
        if "a" in self.parts:
            side = loads.Side(self.rig, self.rig.database("lanes")).open(self.bodies)
            self.rig.settle()
            self.keep("post with lane", loads.post(side, self.bodies.life, marks, lanes=1))

    def lines(self) -> list[Line]:
        of, out = self.samples, []
        if "a" in self.parts:
            out.append(line("a acknowledged", of["post"], of["bare"], 0.4))
            out.append(line("a beside single-row INSERTs", of["post"], of["bare rows"], 0))
            out.append(line("a a lane applies meanwhile", of["post with lane"], of["bare"], 0))
        if "b" in self.parts:
            out.append(line("b applied, one lane", of["apply"], of["bare"], 0.15))
        if "c" in self.parts:
            full = f"at {self.stored}"
            out.append(line(f"c acknowledged {full}", of["post loaded"], of["post"], 0.85))
            out.append(line(f"c applied {full}", of["apply loaded"], of["apply"], 0.85))
        return out

    def rss(self) -> float:
        return max(s.rss_mb for samples in self.samples.values() for s in samples)


def generate(directory: Path) -> loads.Bodies:
    files = [directory / name for name in ("catalogue", "life", "first")]
    script = Path(__file__).parent / "generate_events.py"
    command = [sys.executable, script, *files]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    log(done.stdout.strip().replace("\n", "; "))
    return loads.Bodies(*files)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("parts", nargs="*", help="a, b, c, d, e, p; all of them without any")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--stored", type=int, default=100_000, help="subscriptions for c")
    arguments.add_argument("--large", type=int, default=1_000_000, help="subscriptions for d")
    arguments.add_argument("--json", help="also write every sample to this file")
    given = arguments.parse_args()
    parts = set(given.parts or "abcdep")
    if parts - set("abcdep") or given.rounds < 1:
        arguments.error("parts are a, b, c, d, e and p; at least one round")
    lines: list[Line] = []
    notes: list[str] = []
    rig = Rig()
    try:
        if parts & set("abc"):
            with tempfile.TemporaryDirectory(prefix="pg_billing_bench_") as directory:
                bodies = generate(Path(directory))
                run = Loads(rig, bodies, parts, given.rounds, given.stored)
            lines += run.lines()
            notes.append(f"worker memory under load, at most: {run.rss():.1f} MB (target below 40)")
            if given.json:
                plain = {k: [vars(s) for s in v] for k, v in run.samples.items()}
                Path(given.json).write_text(json.dumps(plain, indent=1))
        if "d" in parts:
            more, said = series.run(rig, given.rounds, given.large)
            lines += more
            notes += said
        if "e" in parts:
            with tempfile.TemporaryDirectory(prefix="pg_billing_bench_") as directory:
                more, said = access.run(rig, Path(directory), given.rounds)
            lines += more
            notes += said
        if "p" in parts:
            lines += envelope.run(rig, given.rounds)
    finally:
        rig.close()
    print_table(lines)
    for note in notes:
        print(note)
    if any(one.missed for one in lines):
        sys.exit(1)


if __name__ == "__main__":
    main()
