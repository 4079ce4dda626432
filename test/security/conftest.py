"""The tests of tenancy: through the stand-in of PostgREST, and beside it as a hostile session."""

import sys
from pathlib import Path

TEST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "e2e")]

from postgrest.fixtures import *  # noqa: E402, F403
from twin_fixtures import world  # noqa: E402, F401
