"""The worker's program as text: what `inside/` holds, under a name that no interpreter has installed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("inside")
_HERE = "gatekeeper.replay.inside"
_THERE = "gatekeeper_inside"
"""Its name there: the gate's own may be installed in the candidate's environment, and is another then."""


@cache
def boot() -> str:
    """Return what is given with `-c`."""
    return _read(_FOLDER / "boot.py")


@cache
def modules() -> bytes:
    """Return all other modules, as the JSON that `boot` takes."""
    found = {_THERE: ""}
    for path in sorted(_FOLDER.glob("*.py")):
        if path.stem not in {"__init__", "boot"}:
            found[f"{_THERE}.{path.stem}"] = _read(path)
    return json.dumps({"modules": found}).encode()


def _read(path: Path) -> str:
    return path.read_text("utf-8").replace(_HERE, _THERE)
