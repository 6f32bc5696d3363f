"""What a start and a run cost. From the repository's root: `python -m tests.benchmarks [ROUNDS]`.

All commands are measured in turn, round by round, so that a busy machine is busy for all of them. Wall time and
processor time (user and system) come from `os.wait4`. The memory of a run is the highest sum over the gate and its
children of their proportional set sizes (shared pages divided among those who share them), sampled in rounds of its
own, because the sampling costs time. It measures and does not judge: the exit code is 0 whatever times come out.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROUNDS = 20
EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "pricing"
GATE = (sys.executable, "-I", "-m", "gatekeeper")
SCRIPT = str(Path(sys.executable).with_name("gatekeeper"))
MIB = 1 << 20


@dataclass(slots=True)
class Subject:
    """A command, its targets (a multiple of the first command's wall time, seconds, MiB), and what was measured."""

    name: str
    command: Sequence[str]
    exit_code: int = 0
    factor: float | None = None
    seconds: float | None = None
    memory: float | None = None
    walls: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)


SUBJECTS = (
    Subject("python -I -c pass", (sys.executable, "-I", "-c", "pass")),
    Subject("--version", (*GATE, "--version"), factor=2),
    Subject("--version (console script)", (SCRIPT, "--version"), factor=2),
    Subject("--help", (*GATE, "--help"), factor=4),
    Subject("list", (*GATE, "list"), factor=4),
    Subject("explain version-pinning/unhashed", (*GATE, "explain", "version-pinning/unhashed"), factor=4),
    Subject("explain no/such-code", (*GATE, "explain", "no/such-code"), exit_code=2),
    Subject("run examples/pricing", (*GATE, "run", "--no-cache", str(EXAMPLE)), seconds=0.5, memory=60),
    Subject(
        "run --profile dev", (*GATE, "run", "--no-cache", str(EXAMPLE), "--profile", "dev"), seconds=0.5, memory=60
    ),
)


def start(command: Sequence[str]) -> int:
    """Start a command whose output goes nowhere; return its process id."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    streams = [(os.POSIX_SPAWN_DUP2, nowhere, number) for number in (0, 1, 2)]
    try:
        return os.posix_spawn(command[0], list(command), os.environ, file_actions=streams)
    finally:
        os.close(nowhere)


def measure_time(subject: Subject) -> None:
    """Run the command once; note wall and processor time in milliseconds."""
    before = time.perf_counter()
    _, status, usage = os.wait4(start(subject.command), 0)
    if os.waitstatus_to_exitcode(status) != subject.exit_code:
        sys.exit(f"{subject.name}: ended with {os.waitstatus_to_exitcode(status)}, so that its time means nothing")
    subject.walls.append((time.perf_counter() - before) * 1000)
    subject.processor.append((usage.ru_utime + usage.ru_stime) * 1000)


def measure_memory(subject: Subject) -> None:
    """Run the command once; note the highest memory, in MiB, of all its processes together."""
    pid, peak = start(subject.command), 0
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        peak = max(peak, sum(proportional_size(each) for each in family(pid)))
    subject.peaks.append(peak / MIB)


def family(pid: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in children:
        yield from family(int(child))


def proportional_size(pid: int) -> int:
    """Return the bytes of a process's memory, shared pages in part; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def row(subject: Subject, baseline: Subject) -> str:
    """Return a subject's line of the table."""
    least, middle = min(subject.walls), statistics.median(subject.walls)
    ratio, of_medians = least / min(baseline.walls), middle / statistics.median(baseline.walls)
    processor = min(subject.processor)
    cells = f"{least:8.1f} {middle:8.1f} {ratio:7.2f}x {of_medians:7.2f}x {processor:8.1f}"
    cells += f" {processor / min(baseline.processor):7.2f}x {max(subject.peaks):7.1f}"
    targets = [f"{subject.factor:g}x"] if subject.factor else []
    targets += [f"{subject.seconds * 1000:g} ms"] if subject.seconds else []
    targets += [f"{subject.memory:g} MiB"] if subject.memory else []
    return f"{subject.name:<34}{cells}  {', '.join(targets)}"


def main() -> None:
    """Measure and print the table."""
    os.chdir("/")  # in the repository itself the console script finds an importable working directory and starts twice
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    for _ in range(rounds):
        for subject in SUBJECTS:
            measure_time(subject)
    for _ in range(3):
        for subject in SUBJECTS:
            measure_memory(subject)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {rounds} rounds; times in ms, memory in MiB\n")
    head = f"{'wall min':>8} {'median':>8} {'min':>8} {'median':>8} {'cpu min':>8} {'ratio':>8} {'memory':>7}"
    print(f"{'':<34}{head}  target")
    for subject in SUBJECTS:
        print(row(subject, SUBJECTS[0]))


if __name__ == "__main__":
    main()
