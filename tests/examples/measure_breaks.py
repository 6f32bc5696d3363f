"""Measure what breaks between the environments of the examples, and write breaks_measured.json.

    python3.11 tests/examples/measure_breaks.py [--stack VERSION ...] [--environments FOLDER] [--output FILE]

Each stack is one lock of `examples/`, installed by hash into a virtual environment of its own. `breaks_probe.py` fits
and saves a fixed set of objects in each, and loads and uses them in every other: a row says for one object where it
was trained, where it was served, and what failed when (at `load`, or at the method that is named), or `never` and
whether the output is the same. `pandas` holds what a pricing service does with pandas, and what each stack gives.
The three environments take about 1.2 GB and a minute or two. Only the standard library is needed here.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
PROBE = HERE / "breaks_probe.py"
# By the version of scikit-learn, in the order in which the rows are written.
LOCKS = {
    "1.4.2": "incident-4092x/requirements/training.lock",
    "1.3.0": "incident-4092x/requirements/production.lock",
    "1.9.1": "pricing/requirements/production.lock",
}
# The build for CUDA: several GB, and nothing that is measured here imports it; `measure_torch.py` does.
GIGABYTES = ("torch==", "triton==", "nvidia-")
REPORTED = ("scikit-learn", "pandas", "numpy", "scipy", "joblib")


def python311() -> str:
    """Return a Python 3.11 interpreter, for which the locks are compiled.

    Raises:
        SystemExit: there is none.
    """
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    found = shutil.which("python3.11")
    if found is None:
        sys.exit(f"got Python {sys.version.split()[0]} and no python3.11 on PATH, expected 3.11: install Python 3.11")
    return found


def without(lock: Path, names: Sequence[str]) -> str:
    """Return the lock without the rows of the distributions whose names begin so."""
    rows = re.split(r"(?m)^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))
    return "".join(row for row in rows if not row.startswith(tuple(names)))


def create_environment(folder: Path, lock: Path, leave_out: Sequence[str] = GIGABYTES) -> Path:
    """Install the lock, but for some rows, into a new virtual environment in the folder; return its interpreter."""
    subprocess.run([python311(), "-m", "venv", "--clear", str(folder)], check=True)
    python = folder / "bin" / "python"
    rows = folder / "rows.lock"
    rows.write_text(without(lock, leave_out) if leave_out else lock.read_text(encoding="utf-8"), encoding="utf-8")
    install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    subprocess.run([*install, "--only-binary", ":all:", "-r", str(rows)], check=True)
    return python


def probe(python: Path, *arguments: str) -> str:
    """Run `breaks_probe.py` under the interpreter and return what it printed."""
    command = [str(python), "-I", "-B", "-W", "ignore", str(PROBE), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def pinned(lock: Path) -> dict[str, str]:
    """Return the versions of the reported packages that the lock pins."""
    rows = (line.split()[0] for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line)
    versions = dict(row.split("==") for row in rows)
    return {name: versions[name] for name in REPORTED}


def served_rows(pythons: dict[str, Path], saved: Path) -> Iterator[dict[str, Any]]:
    """Save every object in every stack; yield what became of each in each other stack."""
    for stack, python in pythons.items():
        (saved / stack).mkdir()
        probe(python, "save", str(saved / stack))
    for trained, served in itertools.permutations(pythons, 2):
        for row in json.loads(probe(pythons[served], "serve", str(saved / trained))):
            yield {"trained": trained, "served": served, **row}


def measure(stacks: Sequence[str], environments: Path) -> dict[str, list[dict[str, Any]]]:
    """Create the environments of the stacks in the folder and measure them against each other."""
    locks = {stack: EXAMPLES / LOCKS[stack] for stack in stacks}
    pythons = {stack: create_environment(environments / stack, lock) for stack, lock in locks.items()}
    with tempfile.TemporaryDirectory(prefix="breaks-") as saved:
        served = list(served_rows(pythons, Path(saved)))
    return {
        "stacks": [{"stack": stack, "lock": LOCKS[stack], **pinned(lock)} for stack, lock in locks.items()],
        "served": served,
        "pandas": [
            {"pandas": pinned(locks[stack])["pandas"], **row}
            for stack, python in pythons.items()
            for row in json.loads(probe(python, "pandas"))
        ],
    }


def to_json(measured: dict[str, list[dict[str, Any]]]) -> str:
    """Return the document with one row a line, so that a difference shows the rows that changed."""
    sections = (
        f"  {json.dumps(name)}: [\n    " + ",\n    ".join(json.dumps(row) for row in rows) + "\n  ]"
        for name, rows in measured.items()
    )
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description="Measure what breaks between the environments of the examples.")
    parser.add_argument("--stack", action="append", choices=list(LOCKS), help="only these, by scikit-learn version")
    parser.add_argument("--environments", type=Path, help="create the environments here and keep them")
    parser.add_argument("--output", type=Path, default=HERE / "breaks_measured.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stacks-") as temporary:
        measured = measure(options.stack or list(LOCKS), options.environments or Path(temporary))
    options.output.write_text(to_json(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
