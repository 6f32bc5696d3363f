"""What `gatekeeper env probe --deep` costs: `python -m tests.benchmarks.deep PYTHON [ROUNDS]`, from the root.

The files of every distribution's RECORD in the interpreter's environment are hashed, in turn, by `sha256sum` on as many
processes as there are cores, and by the probe, which also reads RECORDs and compares. Wall time counts, since both use
all cores; the least of all rounds is taken. It measures and does not judge.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
GATE = (sys.executable, "-I", "-m", "gatekeeper", "env", "probe")
LIST = """
import importlib.metadata, os, sys
for distribution in importlib.metadata.distributions():
    for file in distribution.files or ():
        path = os.path.realpath(distribution.locate_file(file))
        if "__pycache__" not in path and os.path.isfile(path):
            sys.stdout.write(path + chr(0))
"""


def seconds(command: list[str], given: bytes = b"") -> float:
    """Return the wall time of a command, whose output goes nowhere."""
    began = time.perf_counter()
    subprocess.run(command, input=given, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    python, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    cores = os.cpu_count() or 1
    listed = subprocess.run([python, "-I", "-c", LIST], capture_output=True, check=True).stdout
    paths = sorted(set(listed.split(b"\0")) - {b""})
    size = sum(Path(os.fsdecode(each)).stat().st_size for each in paths)
    given = b"\0".join(paths)
    times: dict[str, list[float]] = {"sha256sum": [], "probe --deep": [], "probe": []}
    with tempfile.TemporaryDirectory() as folder:
        output = f"{folder}/probe.json"
        for _ in range(rounds):
            times["sha256sum"].append(seconds(["xargs", "-0", f"-P{cores}", "-n", "200", "sha256sum"], given))
            times["probe --deep"].append(seconds([*GATE, "--python", python, "--deep", "-o", output]))
            times["probe"].append(seconds([*GATE, "--python", python, "-o", output]))
    print(f"{len(paths):,} files, {size / 1e9:.2f} GB, {cores} cores, least of {rounds} rounds")
    for what, measured in times.items():
        print(f"{what:<14}{min(measured):8.2f} s  {min(measured) / min(times['sha256sum']):5.2f}x")


if __name__ == "__main__":
    main()
