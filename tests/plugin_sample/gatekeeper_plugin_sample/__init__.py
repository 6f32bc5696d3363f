"""Third-party checks for the tests. Each module leaves a marker when it is imported."""

from __future__ import annotations

import os
from pathlib import Path


def leave_marker(name: str) -> None:
    """Note in the folder $SAMPLE_MARKERS that `name` was reached."""
    folder = os.environ.get("SAMPLE_MARKERS")
    if folder:
        (Path(folder) / name).touch()


leave_marker("package")
