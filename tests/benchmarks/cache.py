"""What an answer of an earlier run saves. From the repository's root: `python -m tests.benchmarks.cache [ROUNDS]`.

Each round judges examples/pricing (profile ci) with a new folder of answers: the first run executes every check, the
second gives the same answers again. `--no-cache` is the same run without any folder: the difference to the first is
what it costs to look at the environment, and to note what is read. Wall time and processor time (user and system, with
all children) are from `os.wait4`, the least and the median of the rounds. It measures and does not judge, but for one
thing: a second run that ran a check again ends it.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.benchmarks.__main__ import EXAMPLE, GATE

ROUNDS: Final = 5


def measure(*options: str) -> tuple[float, float]:
    """Run the gate once; return wall and processor time in milliseconds."""
    command = [*GATE, "run", str(EXAMPLE), *options]
    nowhere = os.open(os.devnull, os.O_RDWR)
    streams = [(os.POSIX_SPAWN_DUP2, nowhere, number) for number in (0, 1)]
    before = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - before
    os.close(nowhere)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}, so that its time means nothing")
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def main() -> None:
    """Measure and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    times: dict[str, list[tuple[float, float]]] = {"--no-cache": [], "first run": [], "second run": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            answers, report = str(Path(folder) / "answers"), Path(folder) / "report.json"
            times["--no-cache"].append(measure("--no-cache"))
            times["first run"].append(measure("--cache", answers))
            times["second run"].append(measure("--cache", answers, "--report", f"json={report}"))
            parsed = json.loads(report.read_text("utf-8"))
            again = {each["id"] for each in parsed["checks"]} - parsed["run"]["cached"].keys()
            if again:
                sys.exit(
                    f"the second run ran again: {', '.join(sorted(again))}; did something write to this environment?"
                )
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {rounds} rounds; times in ms\n")
    print(f"{'':<12}{'wall min':>9} {'median':>8} {'cpu min':>9} {'median':>8}")
    for name, measured in times.items():
        walls, processor = zip(*measured, strict=True)
        cells = f"{min(walls):9.0f} {statistics.median(walls):8.0f}"
        print(f"{name:<12}{cells} {min(processor):9.0f} {statistics.median(processor):8.0f}")


if __name__ == "__main__":
    main()
