"""Measure what breaks between the incident's two versions of torch, and write torch_measured.json.

    python3.11 tests/examples/measure_torch.py [--python VERSION=PATH ...] [--output FILE]

Each version is installed by the hashes of its lock in `examples/incident-4092x`, into a virtual environment of its own
unless `--python` names an interpreter that has it. `torch_probe.py` saves a fixed set of objects in each, and loads and
uses them in the other. The locks hold the CUDA build: the two environments take about 9 GB, so that no test makes them;
what runs, runs on the CPU.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from measure_breaks import EXAMPLES, HERE, create_environment, to_json

PROBE = HERE / "torch_probe.py"
LOCKS = {
    "2.2.0": "incident-4092x/requirements/training.lock",
    "2.1.2": "incident-4092x/requirements/production.lock",
}


def probe(python: Path, *arguments: str) -> str:
    """Run `torch_probe.py` under the interpreter and return what it printed."""
    command = [str(python), "-I", "-B", "-W", "ignore", str(PROBE), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def measure(pythons: dict[str, Path]) -> list[dict[str, Any]]:
    """Save in each version, serve in the other; return a row for each object and call."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="torch-") as saved:
        for version, python in pythons.items():
            (Path(saved) / version).mkdir()
            probe(python, "save", f"{saved}/{version}")
        for trained, served in itertools.permutations(pythons, 2):
            found = json.loads(probe(pythons[served], "serve", f"{saved}/{trained}"))
            rows += [{"trained": trained, "served": served, **row} for row in found]
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description="Measure what breaks between the incident's two versions of torch.")
    parser.add_argument("--python", action="append", default=[], metavar="VERSION=PATH", help="one that has it already")
    parser.add_argument("--output", type=Path, default=HERE / "torch_measured.json")
    options = parser.parse_args()
    given = dict(each.split("=", 1) for each in options.python)
    with tempfile.TemporaryDirectory(prefix="stacks-") as folder:
        pythons = {
            version: Path(given[version])
            if version in given
            else create_environment(Path(folder) / version, EXAMPLES / lock, leave_out=())
            for version, lock in LOCKS.items()
        }
        measured = measure(pythons)
    options.output.write_text(to_json({"served": measured}), encoding="utf-8")


if __name__ == "__main__":
    main()
