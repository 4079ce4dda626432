"""The documents' examples, in the database that README.md's minute of SQL makes."""

import sys
from pathlib import Path

TEST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "e2e")]

from postgrest.fixtures import *  # noqa: E402, F403
