"""Planted lies, and who tells them. From the root: `python -m tests.interpretability.lies` prints the catch table.

Each is one change of a candidate that passes (`bases.py`). Those that are seen without running anything are judged
with nothing to run them in.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gatekeeper.model import Examined, Unable
from tests.interpretability import lies_declared, lies_executed, lies_served
from tests.interpretability.planted import Lie
from tests.interpretability.trying import told, tried

LIES: Final[Sequence[Lie]] = [*lies_declared.LIES, *lies_executed.LIES, *lies_served.LIES]
_LINE: Final = 150


def judged(lie: Lie, folder: Path) -> Examined | Unable:
    """Return what the check that must tell a lie says of it."""
    return tried(lie.check, lie.files(), folder, executes=lie.executed)


def caught(lie: Lie, outcome: Examined | Unable) -> str:
    """Return the message that tells a lie; empty if none does."""
    return next((each for each in told(outcome).get(lie.code, []) if lie.says in each), "")


def main() -> int:
    """Print a line for each lie; the exit code is 1 if one is not told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", default="", help="Only lies whose name or code has this in it.")
    asked = parser.parse_args()
    chosen = [lie for lie in LIES if asked.part in f"{lie.name} {lie.code}"]
    missed, started = 0, time.perf_counter()
    print("| lie | told by | message |\n|---|---|---|")
    for lie in chosen:
        with tempfile.TemporaryDirectory() as folder:
            outcome = judged(lie, Path(folder))
        message = caught(lie, outcome)
        missed += not message
        other = "; ".join(sorted(told(outcome))) or "nothing"
        by = lie.code if message else f"NOT TOLD by {lie.code} (told by {other})"
        print(f"| {_cell(lie.name)} | {by} | {_cell(message)} |", flush=True)
    print(f"\n{len(chosen) - missed} of {len(chosen)} told, {time.perf_counter() - started:.0f} s")
    return 1 if missed else 0


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"


if __name__ == "__main__":
    raise SystemExit(main())
