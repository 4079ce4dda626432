"""The shortest history that a server and the model still differ about."""

from __future__ import annotations

import os
import time

import pytest
from entitlement_player import Difference
from entitlement_steps import Step

SHRINKING = float(os.environ.get("PG_BILLING_SHRINKING", 20))  # seconds at most


def failure(play, seed: int, steps: list[Step]) -> Difference | None:
    try:
        play(seed, steps)
    except Difference as difference:
        return difference
    return None


def whole(steps: list[Step]) -> bool:
    """Every subscription begins with its first snapshot: a later one would date it back."""
    first: dict[str, Step] = {}
    for step in steps:
        if step.op == "subscription":
            first.setdefault(step.args["name"], step)
    return all(step.at == step.args["anchor"] for step in first.values())


def shrunk(play, seed: int, steps: list[Step], kind: str) -> list[Step]:
    """Drops what it fails without, and in the same way: the end, then all of one name, halves,
    and single steps in the end."""
    until = time.monotonic() + SHRINKING

    def fails(fewer: list[Step]) -> bool:
        if time.monotonic() > until or not whole(fewer):
            return False
        try:
            found = failure(play, seed, fewer)
        except Exception:  # a step leaned on one that was dropped
            return False
        return found is not None and found.kind == kind

    low, high = 1, len(steps)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fails(steps[:middle]) else (middle + 1, high)
    steps = steps[:high]
    for name in sorted({step.args.get(n) for step in steps for n in ("customer", "feature", "name")} - {None}):
        fewer = [s for s in steps if s.founds or name not in
                 (s.args.get(n) for n in ("customer", "feature", "name"))]
        if len(fewer) < len(steps) and fails(fewer):
            steps = fewer
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            chunk = steps[start:start + size]
            fewer = steps[:start] + [s for s in chunk if s.founds] + steps[start + size:]
            if len(fewer) < len(steps) and fails(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


def compare(play, seed: int, steps: list[Step]) -> None:
    found = failure(play, seed, steps)
    if found is not None:
        less = shrunk(play, seed, steps, found.kind)
        told = "\n".join(map(str, less))
        pytest.fail(f"seed {seed}, {len(less)} of {len(steps)} steps:\n{told}\n\n"
                    f"{failure(play, seed, less) or found}", pytrace=False)
