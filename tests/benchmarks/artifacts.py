"""What reading a model file costs. From the root: `python -m tests.benchmarks.artifacts --python PATH [--peers PATH]`.

`--python` is an interpreter with joblib, scikit-learn, numpy, torch and safetensors: it makes the files, in `--folder`
if that is given (there they are kept). `--peers` is one beside which picklescan, modelscan, fickling and modelaudit are
installed.

The first table is about the pass alone, in a process that has imported what it needs: digest, structure and numbers
against sha256 alone, or against inflating alone for what is compressed; each at its least of all rounds, taken in turn.
The second is about whole commands on the same files. Memory is the most that was resident, beyond a bare interpreter's
in the first table and in all in the second. It measures and does not judge.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROUNDS = 5
MEGA = 1e6

MAKE = """
import sys
from pathlib import Path
import joblib, numpy, torch
from safetensors.numpy import save_file
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

folder = Path(sys.argv[1])
random = numpy.random.default_rng(4092)
x, y = random.standard_normal((60_000, 8)), random.standard_normal(60_000)
forest = RandomForestRegressor(32, n_jobs=2, random_state=0).fit(x, y)
joblib.dump(forest, folder / "forest.joblib")
joblib.dump(forest, folder / "forest.zlib.joblib", compress=("zlib", 3))
boosted = GradientBoostingRegressor(n_estimators=50, random_state=0)
joblib.dump(make_pipeline(StandardScaler(), boosted).fit(x[:2000], y[:2000]), folder / "pipeline.joblib")
torch.manual_seed(0)
torch.save({f"layer{each}.weight": torch.randn(1250, 1000) for each in range(100)}, folder / "state_dict.pt")
save_file({f"layer{each}": random.standard_normal((1000, 750), "f4") for each in range(100)}, folder / "w.safetensors")
"""
FILES = ("forest.joblib", "forest.zlib.joblib", "state_dict.pt", "w.safetensors", "pipeline.joblib")

TIMED = """
import sys, time
{setup}
wall, processor = time.perf_counter(), time.process_time()
{work}
print(time.perf_counter() - wall, time.process_time() - processor)
"""
SHA256 = (
    "import hashlib; digest, buffer = hashlib.sha256(), memoryview(bytearray(1 << 18))",
    """with open(sys.argv[1], 'rb', buffering=0) as file:
    while count := file.readinto(buffer):
        digest.update(buffer[:count])""",
)
INFLATE = (
    "import zlib; inflater = zlib.decompressobj()",
    """with open(sys.argv[1], 'rb', buffering=0) as file:
    while data := file.read(1 << 16):
        while data:
            inflater.decompress(data, 1 << 20)
            data = inflater.unconsumed_tail""",
)
PASS = (
    """from pathlib import Path
import gatekeeper.artifact.tensors.vectors
from gatekeeper.artifact.reader import examine
from gatekeeper.reading import reading""",
    "with reading(Path(sys.argv[1])) as opened: examine(opened.stream)",
)
QUIET = {**os.environ, "PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one command took: seconds, bytes, and how it ended."""

    wall: float
    processor: float
    resident: int
    code: int
    output: str


@dataclass(slots=True)
class Costs:
    """What one command took, round by round."""

    rounds: list[Cost] = field(default_factory=list)

    def add(self, cost: Cost | None) -> None:
        """Add a round, if it did not fail."""
        if cost is not None:
            self.rounds.append(cost)

    @property
    def least(self) -> tuple[float, float, int, int]:
        """The least wall time, processor time and memory, and the exit code."""
        return (
            min(each.wall for each in self.rounds),
            min(each.processor for each in self.rounds),
            min(each.resident for each in self.rounds),
            self.rounds[0].code,
        )


def run(command: list[str], folder: Path) -> Cost:
    """Run a command in a folder of its own and return what it took."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, cwd=folder, env=QUIET)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Cost(
            wall=wall,
            processor=usage.ru_utime + usage.ru_stime,
            resident=usage.ru_maxrss * 1024,
            code=child.returncode,
            output=output.read().decode(errors="replace"),
        )


def timed(part: tuple[str, str], path: Path, folder: Path) -> Cost | None:
    """Return what a part of a program took by its own clock, and the memory of its process; None if it failed."""
    code = TIMED.format(setup=part[0], work=part[1])
    whole = run([sys.executable, "-I", "-c", code, str(path)], folder)
    if whole.code:
        return None
    wall, processor = map(float, whole.output.split())
    return Cost(wall=wall, processor=processor, resident=whole.resident, code=0, output="")


def passes(folder: Path, scratch: Path, rounds: int) -> Iterator[str]:
    """Measure the pass alone and yield the lines of its table."""
    bare = run([sys.executable, "-I", "-c", "pass"], scratch).resident
    yield (
        f"{'the pass alone':<20}{'MB':>7}{'against':>11}{'CPU s':>8}{'wall s':>8}"
        f"{'pass CPU':>10}{'wall s':>8}{'ratio CPU':>11}{'wall':>7}{'+MB':>7}"
    )
    for name in FILES:
        path = folder / name
        against, part = ("inflating", INFLATE) if ".zlib." in name else ("sha256", SHA256)
        alone, ours = Costs(), Costs()
        for _ in range(rounds):
            alone.add(timed(part, path, scratch))
            ours.add(timed(PASS, path, scratch))
        if not ours.rounds:
            yield f"{name:<20}{path.stat().st_size / MEGA:>7.1f}  is not read"
            continue
        (wall, processor, *_), (our_wall, our_processor, resident, _) = alone.least, ours.least
        yield (
            f"{name:<20}{path.stat().st_size / MEGA:>7.1f}{against:>11}{processor:>8.3f}{wall:>8.3f}"
            f"{our_processor:>10.3f}{our_wall:>8.3f}{our_processor / processor:>10.2f}x{our_wall / wall:>6.2f}x"
            f"{(resident - bare) / MEGA:>7.1f}"
        )


def commands(peers: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Yield each whole command that there is, without the file at its end."""
    yield "gatekeeper inspect", [sys.executable, "-I", "-m", "gatekeeper", "inspect"]
    if peers is not None:
        found = {
            "picklescan": ["-p"],
            "modelscan": ["scan", "-p"],
            "fickling": ["-s"],
            "modelaudit": ["scan"],
        }
        for name, options in found.items():
            if (program := peers.parent / name).exists():
                yield name, [str(program), *options]


def whole_commands(folder: Path, scratch: Path, rounds: int, peers: Path | None) -> Iterator[str]:
    """Measure whole commands and yield the lines of their table."""
    yield f"{'whole command':<22}{'file':<22}{'exit':>5}{'wall s':>9}{'CPU s':>9}{'MB':>8}"
    for name in FILES:
        costs = {command: Costs() for command, _ in commands(peers)}
        for _ in range(rounds):
            for command, line in commands(peers):
                costs[command].add(run([*line, str(folder / name)], scratch))
        for command, each in costs.items():
            wall, processor, resident, code = each.least
            yield f"{command:<22}{name:<22}{code:>5}{wall:>9.2f}{processor:>9.2f}{resident / MEGA:>8.1f}"


def main() -> None:
    """Make the files that are not there, measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.artifacts")
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        scratch = Path(temporary) / "scratch"
        scratch.mkdir()
        if not all((folder / name).exists() for name in FILES):
            subprocess.run([asked.python, "-c", MAKE, folder], check=True)
        print(f"{time.strftime('%Y-%m-%d')}, Python {sys.version.split()[0]}, {asked.rounds} rounds, least of each\n")
        for line in passes(folder, scratch, asked.rounds):
            print(line, flush=True)
        print()
        for line in whole_commands(folder, scratch, asked.rounds, asked.peers):
            print(line, flush=True)


if __name__ == "__main__":
    main()
