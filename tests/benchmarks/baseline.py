"""What a baseline costs. From the root: `python -m tests.benchmarks.baseline [--rows N ...] [--peers PYTHON]`.

The data are 20 columns of floats, normal and lognormal in turn, with 1 % NaN in one. Each subject runs in a process of
its own, in turn, round by round, half as many rounds beyond 1M rows; its imports and the making of its data come
before, and are not counted. Memory is the highest resident size (VmHWM of Linux, set back once the data are there) less
what was resident then: what the work takes beyond the data. What reads a file has no data before.

`--peers` is an interpreter with evidently and whylogs, which run on up to `--peer-rows` rows and in fewer rounds:

    python -m venv PEERS
    PEERS/bin/pip install --no-deps --require-hashes -r tests/benchmarks/peers/requirements.txt

(--no-deps, for pip would ask for a hash of pandas[parquet] too; everything is in the file.) Data larger than memory are
the last table: a Parquet and a CSV file, and the highest resident size of the whole process that reads them.
It measures and does not judge.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias

COLUMNS: Final = 20
ROWS: Final = (10_000, 100_000, 1_000_000, 10_000_000)
STREAMED_ROWS: Final = 4_000_000
PEER_ROWS: Final = 1_000_000
ROUNDS: Final = 5
PEER_ROUNDS: Final = 2
MIB: Final = 1 << 20
GROUP: Final = 100_000

Work: TypeAlias = Callable[[], int | None]
Prepare: TypeAlias = Callable[[Path], Work]


def make(path: Path, rows: int) -> None:
    """Write the data: one array of 20 rows, each a column, the same as Parquet, and a little of it to warm up with."""
    np, pa, pq = (import_module(name) for name in ("numpy", "pyarrow", "pyarrow.parquet"))
    random = np.random.default_rng(rows)
    columns = random.standard_normal((COLUMNS, rows))
    np.exp(columns[1::2], out=columns[1::2])
    columns[7, random.random(rows) < 0.01] = np.nan
    np.save(path.with_suffix(".npy"), columns)
    table = pa.table({f"column_{each}": columns[each] for each in range(COLUMNS)})
    pq.write_table(table, path.with_suffix(".parquet"), row_group_size=GROUP)
    pq.write_table(table.slice(0, 1000), path.with_suffix(".warm.parquet"))
    import_module("pyarrow.csv").write_csv(table.slice(0, 1000), path.with_suffix(".warm.csv"))


def make_csv(path: Path, rows: int) -> None:
    """Write the Parquet file again as CSV."""
    pq, pc = import_module("pyarrow.parquet"), import_module("pyarrow.csv")
    with pq.ParquetFile(path.with_suffix(".parquet")) as file:
        assert file.metadata.num_rows == rows
        with pc.CSVWriter(path.with_suffix(".csv"), file.schema_arrow) as writer:
            for batch in file.iter_batches(GROUP):
                writer.write_batch(batch)


def frame_of(path: Path) -> Any:
    """Return the data as a frame of pandas whose columns lie one after the other."""
    columns = import_module("numpy").load(path.with_suffix(".npy"))
    return import_module("pandas").DataFrame(columns.T, columns=[f"column_{each}" for each in range(COLUMNS)])


def sort(path: Path) -> Work:
    """Prepare one sort of each column: the least that exact quantiles of an array cost."""
    np = import_module("numpy")
    columns = np.load(path.with_suffix(".npy"))

    def work() -> None:
        for column in columns:
            np.sort(column)

    return work


def ours(path: Path) -> Work:
    """Prepare a baseline of a frame."""
    product, frame = import_module("gatekeeper.contract.baseline"), frame_of(path)
    product.build(frame.head(1000))
    return lambda: len(product.write(product.build(frame)))


def ours_of_array(path: Path) -> Work:
    """Prepare a baseline of an array."""
    product = import_module("gatekeeper.contract.baseline")
    values = import_module("numpy").load(path.with_suffix(".npy")).T
    product.build(values[:1000])
    return lambda: len(product.write(product.build(values)))


def ours_of_file(suffix: str) -> Prepare:
    """Return what prepares a baseline of a file, of which nothing is read before."""

    def prepare(path: Path) -> Work:
        product = import_module("gatekeeper.contract.baseline")
        product.build(path.with_suffix(f".warm{suffix}"))
        return lambda: len(product.write(product.build(path.with_suffix(suffix))))

    return prepare


def reading(path: Path) -> Work:
    """Prepare reading the Parquet file, and nothing else."""
    read_table = import_module("pyarrow.parquet").read_table
    read_table(path.with_suffix(".warm.parquet"))

    def work() -> None:
        read_table(path.with_suffix(".parquet"))

    return work


def comparing(path: Path) -> Work:
    """Prepare a comparison of the data with their own baseline."""
    product, frame = import_module("gatekeeper.contract.baseline"), frame_of(path)
    baseline = product.read(product.write(product.build(frame)))

    def work() -> None:
        said = product.compare(baseline, frame)
        assert not said.drifted, [each for each in said.features if each.status == "DRIFT"]

    return work


def describing(path: Path) -> Work:
    """Prepare 63 percentiles by pandas."""
    frame, percentiles = frame_of(path), [each / 64 for each in range(1, 64)]
    return lambda: len(frame.describe(percentiles=percentiles).to_json())


SORT: Final = "numpy sort of each column"
READ: Final = "pyarrow read_table"
SUBJECTS: Final[dict[str, tuple[Prepare, str]]] = {
    SORT: (sort, ""),
    "gatekeeper, DataFrame": (ours, SORT),
    "gatekeeper, array": (ours_of_array, SORT),
    "gatekeeper compare, DataFrame": (comparing, SORT),
    "pandas describe, 63 percentiles": (describing, SORT),
    READ: (reading, ""),
    "gatekeeper, Parquet": (ours_of_file(".parquet"), READ),
}
"""How each is prepared, and what it is a multiple of."""
PEERS: Final = ("evidently DataSummaryPreset", "evidently DataDriftPreset", "whylogs")
FILES: Final = {".parquet": ours_of_file(".parquet"), ".csv": ours_of_file(".csv")}


def resident(what: str) -> int:
    """Return a size of this process in bytes: VmRSS is the present one, VmHWM the highest."""
    found = re.search(rf"^{what}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def print_cost(prepare: Prepare, path: Path) -> None:
    """Print what a piece of work took: seconds of the clock and of the processor, bytes, and the size of its result."""
    work = prepare(path)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the highest size is now the present one
    before, wall, processor = resident("VmHWM"), time.perf_counter(), time.process_time()
    size = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resident("VmHWM")
    cost = {"wall": wall, "processor": processor, "beyond": peak - before, "peak": peak, "size": size}
    print(json.dumps(cost))


@dataclass(slots=True)
class Costs:
    """What a subject took, round by round."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    beyond: list[int] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)
    size: int | None = None

    def add(self, command: list[str]) -> None:
        """Run a command that prints a cost, and note it."""
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=QUIET)
        cost = json.loads(done.stdout.splitlines()[-1])
        self.wall.append(cost["wall"])
        self.processor.append(cost["processor"])
        self.beyond.append(cost["beyond"])
        self.peak.append(cost["peak"])
        self.size = cost["size"]


QUIET: Final = {**os.environ, "DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "True", "PYTHONWARNINGS": "ignore"}
OWN: Final = [sys.executable, "-m", "tests.benchmarks.baseline"]


def by_rows(path: Path, rows: int, rounds: int, peers: str | None) -> Iterator[str]:
    """Measure every subject on so many rows and yield the lines of the table."""
    subprocess.run([*OWN, "--make", str(path), str(rows)], check=True)
    costs: dict[str, Costs] = {}
    for number in range(rounds):
        for name in SUBJECTS:
            costs.setdefault(name, Costs()).add([*OWN, "--cost", name, str(path)])
        for name in PEERS if peers is not None and number < PEER_ROUNDS else ():
            command = [str(peers), "-m", "tests.benchmarks.baseline_peers", "cost", name, str(path)]
            costs.setdefault(name, Costs()).add(command)
    yield f"\n### {rows:,} rows x {COLUMNS} columns, {rounds} rounds\n"
    yield "| subject | best s | median s | CPU s | of the yardstick | MiB beyond the data | result, bytes |"
    yield "|---|---|---|---|---|---|---|"
    for name, each in costs.items():
        best, middle = min(each.wall), statistics.median(each.wall)
        yardstick = SUBJECTS[name][1] if name in SUBJECTS else SORT
        ratio = f"{best / min(costs[yardstick].wall):.2f}" if yardstick else "1"
        size = "" if each.size is None else f"{each.size:,}"
        beyond = statistics.median(each.beyond) / MIB
        yield f"| {name} | {best:.3f} | {middle:.3f} | {min(each.processor):.3f} | {ratio} | {beyond:.0f} | {size} |"


def streamed(path: Path, rows: int) -> Iterator[str]:
    """Read files that are larger than the memory that it takes, once each, and yield the lines of the table."""
    subprocess.run([*OWN, "--make", str(path), str(rows)], check=True)
    subprocess.run([*OWN, "--make-csv", str(path), str(rows)], check=True)
    path.with_suffix(".npy").unlink()
    yield f"\n### Files of {rows:,} rows x {COLUMNS} columns\n"
    yield "| file | MiB | s | MiB resident at most | result, bytes |"
    yield "|---|---|---|---|---|"
    for suffix in FILES:
        costs = Costs()
        costs.add([*OWN, "--cost", suffix, str(path)])
        size = path.with_suffix(suffix).stat().st_size / MIB
        yield f"| {suffix[1:]} | {size:.0f} | {costs.wall[0]:.1f} | {costs.peak[0] / MIB:.0f} | {costs.size:,} |"


def parsed() -> argparse.Namespace:
    """Return what was asked for; the last options are for the processes that this one starts."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.baseline")
    parser.add_argument("--rows", type=int, nargs="*", default=ROWS)
    parser.add_argument("--streamed", type=int, default=STREAMED_ROWS, help="rows of the last table; 0 for none")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--peers")
    parser.add_argument("--peer-rows", type=int, default=PEER_ROWS)
    for inner in ("--make", "--make-csv", "--cost"):
        parser.add_argument(inner, nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure and print the tables."""
    asked = parsed()
    if asked.make:
        make(Path(asked.make[0]), int(asked.make[1]))
    elif asked.make_csv:
        make_csv(Path(asked.make_csv[0]), int(asked.make_csv[1]))
    elif asked.cost:
        name, path = asked.cost
        print_cost(FILES[name] if name in FILES else SUBJECTS[name][0], Path(path))
    else:
        print(f"{time.strftime('%Y-%m-%d')}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
        for rows in asked.rows:
            with tempfile.TemporaryDirectory() as folder:
                peers = asked.peers if rows <= asked.peer_rows else None
                rounds = asked.rounds if rows <= PEER_ROWS else max(1, asked.rounds // 2)
                for line in by_rows(Path(folder) / "data", rows, rounds, peers):
                    print(line, flush=True)
        if asked.streamed:
            with tempfile.TemporaryDirectory() as folder:
                for line in streamed(Path(folder) / "data", asked.streamed):
                    print(line, flush=True)


if __name__ == "__main__":
    main()
