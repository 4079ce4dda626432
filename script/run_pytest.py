"""pytest, but a SIGTERM ends it as Ctrl-C does: fixtures stop the servers that they started."""

import signal
import sys

import pytest

signal.signal(signal.SIGTERM, signal.default_int_handler)
sys.exit(pytest.main(sys.argv[1:]))
