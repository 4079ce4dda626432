"""A private PostgreSQL whose clock stands still until a test moves it, forwards or backwards.

libfaketime reads the instant from a file at each question for the time, in the postmaster and in
every backend, old and new. Only the calendar is told: waits and time-outs go by the real clock.
The clock stands: every transaction between two moves has the same now().
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from cluster import Cluster

LIBRARIES = ("/usr/lib/*/faketime", "/usr/lib*/faketime", "/usr/local/lib/faketime")


def faketime_library() -> Path:
    found = [p for place in LIBRARIES for p in Path("/").glob(f"{place[1:]}/libfaketime.so.1")]
    assert found, "libfaketime is missing: script/bootstrap installs it"
    return found[0]


class ClockedCluster(Cluster):
    def __init__(self, at: datetime, **settings):
        self.library = faketime_library()
        self.file: Path | None = None
        self.instant = at
        super().__init__(**settings)

    def environment(self) -> dict[str, str]:
        # Written beside the data only now, as the directory is made by then.
        self.file = self.directory / "clock"
        self.move(self.instant)
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }

    def move(self, at: datetime) -> None:
        """From here on it is `at`. By a rename: a half-written file would show the real time."""
        self.instant = at
        fresh = self.file.with_suffix(".new")
        fresh.write_text(at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f\n"))
        fresh.chmod(0o644)
        os.replace(fresh, self.file)
