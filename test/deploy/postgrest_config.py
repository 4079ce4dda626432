"""deploy/postgrest.conf, read as PostgREST does: `name = "text"`, a number or true and false; # begins a comment."""

from __future__ import annotations

import json
import re

from nginx import DEPLOY


def read() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in (DEPLOY / "postgrest.conf").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, value = re.fullmatch(r'([a-z-]+) = ("[^"]*"|\d+|true|false)', line).groups()
        assert name not in found, f"{name} stands twice"
        found[name] = json.loads(value) if value.startswith('"') else value
    return found
