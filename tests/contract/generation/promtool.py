"""Where promtool is: `$PROMTOOL`, or on PATH. Debian has it in the package `prometheus`."""

from __future__ import annotations

import os
import shutil


def promtool() -> str:
    """Return its path; without it the test fails, for CI promises it."""
    found = os.environ.get("PROMTOOL") or shutil.which("promtool")
    assert found, "promtool is not there: apt-get install prometheus, or set PROMTOOL"
    return found
