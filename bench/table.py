"""The table at the end of a run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Line:
    what: str
    ours: float  # medians, per second
    base: float
    ratio: float
    spread: tuple[float, float]  # the ratio of each repetition, lowest and highest
    target: float  # 0: none
    cpu_us: float
    base_cpu_us: float
    tail: dict = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        return self.ratio < self.target


HEAD = ("what", "ours/s", "base/s", "ratio", "(spread)", "target", "", "CPU us", "base us",
        "p50", "p99", "max ms")


def short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def row(one: Line) -> tuple:
    tail = [short(one.tail[name]) if name in one.tail else "" for name in ("p50", "p99", "max")]
    verdict = "" if not one.target else "MISSED" if one.missed else "ok"
    target = f">= {one.target:g}" if one.target else ""
    return (one.what, short(one.ours), short(one.base), f"{one.ratio:.3g}",
            f"({one.spread[0]:.3g}-{one.spread[1]:.3g})", target, verdict,
            short(one.cpu_us), short(one.base_cpu_us), *tail)


def print_table(lines: list[Line]) -> None:
    rows = [HEAD, *map(row, lines)]
    widths = [max(len(r[i]) for r in rows) for i in range(len(HEAD))]
    for cells in rows:
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                        for i, (c, w) in enumerate(zip(cells, widths))).rstrip())
