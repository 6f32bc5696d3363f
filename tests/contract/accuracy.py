"""How often the baseline alarms, with drift and without. From the root: `python -m tests.contract.accuracy`.

Needs scipy and scikit-learn. `--peers` is an interpreter with evidently (see `tests.benchmarks.baseline`): it judges
the same halves of the same data sets. Every row is some hundred comparisons, each with a seed of its own, so that a run
repeats another; a rate of .05 among 200 is told to within .03. KS is scipy's two-sample test at p < .05 on each column
that holds numbers, without a correction, as it is used most often. It measures and does not judge.

The columns of the tables: `any` is the share of comparisons with an alarm on whatever column, `hit` that with one on
the column that was changed, `others` that with one on a column that was not, `few` that with a column for which there
are too few rows to tell. With `n` rows other data is compared with the `m` rows of the baseline.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Columns: TypeAlias = dict[str, NDArray[Any]]
SETS: Final = ("diabetes", "wine", "breast_cancer", "digits")
REPS: Final = 200
CATEGORIES: Final = np.array([f"value {each}" for each in range(1, 13)], dtype=object)
ZIPF: Final = (1 / np.arange(1, 13)) / (1 / np.arange(1, 13)).sum()
RENAMED: Final = "value 3"
"""The category with a share of 10.7 %."""


@dataclass(frozen=True, slots=True)
class Halves:
    """A data set, cut into two random halves."""

    name: str

    def reference(self, seed: int) -> Columns:
        """Return one half."""
        return self._half(seed, 0)

    def current(self, seed: int, rows: int) -> Columns:
        """Return the other half; its rows are what they are."""
        assert not rows
        return self._half(seed, 1)

    @property
    def shape(self) -> str:
        """The rows of a half and the columns."""
        values = values_of(self.name)
        return f"{len(values) // 2} x {values.shape[1]}"

    def _half(self, seed: int, which: int) -> Columns:
        values = values_of(self.name)
        size = len(values) // 2
        rows = np.random.default_rng(seed).permutation(len(values))[size * which : size * (which + 1)]
        return {f"column {each}": values[rows, each] for each in range(values.shape[1])}


@cache
def values_of(name: str) -> NDArray[np.float64]:
    """Return the features of one of scikit-learn's data sets, without constant columns."""
    values = getattr(import_module("sklearn.datasets"), f"load_{name}")().data
    return np.asarray(values[:, values.std(axis=0) > 0], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Independent rows of distributions, one column each."""

    families: tuple[str, ...]
    rows: int

    def reference(self, seed: int) -> Columns:
        """Return `rows` rows."""
        return self._draw(np.random.default_rng((seed, 0)), self.rows)

    def current(self, seed: int, rows: int) -> Columns:
        """Return other rows."""
        return self._draw(np.random.default_rng((seed, 1)), rows)

    def _draw(self, random: np.random.Generator, rows: int) -> Columns:
        return {f"{name} {each}": draw(name, random, rows) for each, name in enumerate(self.families)}


FAMILIES: Final = (
    "normal",
    "lognormal",
    "t(2)",
    "Poisson(3)",
    "Bernoulli(.3)",
    "half zero",
    "12 categories",
    "5 % NaN",
)


def draw(family: str, random: np.random.Generator, rows: int) -> NDArray[Any]:
    """Return independent values of a distribution."""
    match family:
        case "lognormal":
            return random.lognormal(size=rows)
        case "t(2)":
            return random.standard_t(2, rows)
        case "Poisson(3)":
            return random.poisson(3, rows)
        case "Bernoulli(.3)":
            return (random.random(rows) < 0.3).astype(np.int64)
        case "half zero":
            return np.where(random.random(rows) < 0.5, 0.0, random.lognormal(size=rows))
        case "12 categories":
            return random.choice(CATEGORIES, rows, p=ZIPF)
        case "5 % NaN":
            return np.where(random.random(rows) < 0.05, np.nan, random.standard_normal(rows))
        case _:
            return random.standard_normal(rows)


@dataclass(frozen=True, slots=True)
class Autoregressive:
    """Rows that depend on the ones before: x[t] = rho x[t-1] + noise, with variance 1, from an independent start."""

    rho: float
    columns: int
    rows: int = 20 * 500

    def reference(self, seed: int) -> Columns:
        """Return a stretch of `rows` rows."""
        return self._stretch(np.random.default_rng((seed, 0)), self.rows)

    def current(self, seed: int, rows: int) -> Columns:
        """Return another stretch."""
        return self._stretch(np.random.default_rng((seed, 1)), rows)

    def _stretch(self, random: np.random.Generator, rows: int) -> Columns:
        noise = random.standard_normal((self.columns, rows))
        noise[:, 1:] *= math.sqrt(1 - self.rho**2)
        values = import_module("scipy.signal").lfilter([1.0], [1.0, -self.rho], noise, axis=1)
        return {f"series {each}": values[each] for each in range(self.columns)}


Source: TypeAlias = Halves | Drawn | Autoregressive
"""Where the rows of the baseline are from, and others of the same kind that are independent of them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is compared: `rows` others of a source, with a fault in one column; "" is no fault."""

    source: Source
    rows: int = 0
    fault: str = ""

    def current(self, seed: int, reference: Columns) -> tuple[Columns, str]:
        """Return the other data, and the column that was changed."""
        random = np.random.default_rng((seed, 2))
        data = self.source.current(seed, self.rows)
        wanted = object if self.fault == "renamed" else np.number
        names = [name for name, values in data.items() if np.issubdtype(values.dtype, wanted)]
        name = names[int(random.integers(len(names)))] if names else ""
        if self.fault:
            data[name] = broken(self.fault, data[name], reference[name], random)
        return data, name


def broken(fault: str, values: NDArray[Any], reference: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Return the values with a fault: its name and how much of it."""
    if fault == "renamed":
        return np.where(values == RENAMED, "Value-3", values).astype(object)
    kind, size = fault.split()
    amount = float(size)
    match kind:
        case "shift":
            return np.asarray(values + amount * np.nanstd(reference))
        case "spread":
            middle = np.nanmean(reference)
            return np.asarray((values - middle) * amount + middle)
        case "unit":
            return np.asarray(values * amount)
        case _:
            written = {"sentinel": -1.0, "missing": np.nan}[kind]
            return np.where(random.random(len(values)) < amount, written, values)


@lru_cache(maxsize=1)
def baseline_of(source: Source, seed: int) -> tuple[Columns, Any]:
    """Return the rows of a source and their baseline, which is written and read again."""
    product = import_module("gatekeeper.contract.baseline")
    reference = source.reference(seed)
    return reference, product.read(product.write(product.build(reference)))


def outcome(trial: Trial, seed: int) -> Counter[str]:
    """Return what was said of one comparison."""
    reference, baseline = baseline_of(trial.source, seed)
    current, changed = trial.current(seed, reference)
    said = import_module("gatekeeper.contract.baseline").compare(baseline, current)
    alarms = {each.name for each in said.features if each.status == "DRIFT"}
    by_ks = {name for name, values in current.items() if ks_alarms(reference[name], values)}
    assert bool(alarms) == said.drifted
    told = {
        "any": said.drifted,
        "hit": changed in alarms,
        "others": bool(alarms - {changed}),
        "few": said.underpowered,
        "KS any": bool(by_ks),
        "KS hit": changed in by_ks,
    }
    return Counter({"reps": 1} | {name: int(value) for name, value in told.items()})


def ks_alarms(reference: NDArray[Any], current: NDArray[Any]) -> bool:
    """Return whether scipy's test has p < .05; with a NaN its p is NaN, and that is no alarm."""
    if reference.dtype == object:
        return False
    return bool(import_module("scipy.stats").ks_2samp(reference, current, method="asymp").pvalue < 0.05)


def outcomes(trials: Sequence[Trial], seed: int) -> list[Counter[str]]:
    """Return the outcome of each trial; those of one source share its baseline."""
    return [outcome(trial, seed) for trial in trials]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its first cells, and what is tried for it."""

    labels: tuple[str, ...]
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; each of `shown` is a head, the place of a trial in its row, and what is told of it."""

    title: str
    labels: tuple[str, ...]
    shown: tuple[tuple[str, int, str], ...]
    rows: tuple[Row, ...]
    most: int = 1000


PLAIN: Final = (("any", 0, "any"), ("few", 0, "few"), ("KS any", 0, "KS any"))
PEER: Final = (("evidently any", 0, "evidently any"), ("evidently, half of the columns", 0, "evidently half"))
HIT: Final = (("hit", 0, "hit"), ("others", 0, "others"), ("few", 0, "few"), ("KS hit", 0, "KS hit"))
SHIFTS: Final = ("shift 0.25", "shift 0.5")
SPREADS: Final = (f"spread {math.sqrt(1.5):.4f}", "spread 1.5")
OTHER_FAULTS: Final = ("sentinel 0.2", "sentinel 0.05", "unit 100", "renamed")


def tables() -> Iterator[Table]:
    """Yield every table, with nothing measured."""
    yield Table(
        "1. No drift: random halves of real data",
        ("data", "rows x columns"),
        PLAIN + PEER,
        tuple(Row((name, Halves(name).shape), (Trial(Halves(name)),)) for name in (*SETS, "iris")),
    )
    mixed = {name: (name,) for name in FAMILIES} | {
        "all eight columns": FAMILIES,
        "50 normal columns": ("normal",) * 50,
    }
    yield Table(
        "1b. No drift: drawn independently",
        ("distribution", "m", "n"),
        PLAIN,
        tuple(
            Row((name, f"{m:,}", f"{n:,}"), (Trial(Drawn(families, m), n),))
            for name, families in mixed.items()
            for m in (2_000, 10_000)
            for n in (200, 1_000, 10_000)
        ),
    )
    yield Table(
        "2. Autocorrelated rows: 20 x 500 in the baseline",
        ("rho", "columns", "n"),
        (*PLAIN, ("any, shift .5", 1, "any"), ("any, shift 1.0", 2, "any")),
        tuple(
            Row((str(rho), str(columns), f"{n:,}"), tuple(Trial(source, n, fault) for fault in faults))
            for faults in (("", "shift 0.5", "shift 1.0"),)
            for rho in (0.0, 0.5, 0.9, 0.99)
            for columns in (1, 5)
            for source in (Autoregressive(rho, columns),)
            for n in (200, 500, 2_000)
        ),
    )
    yield from tables_of_faults()


def tables_of_faults() -> Iterator[Table]:
    """Yield the tables of faults in one column, and of large data."""
    peer = (("evidently hit", 0, "evidently hit"), PEER[1])
    yield Table(
        "3. A fault in one column of real data",
        ("fault", "data", "rows x columns"),
        HIT + peer,
        tuple(
            Row((fault, name, Halves(name).shape), (Trial(Halves(name), 0, fault),))
            for fault in ("missing 0.3", "shift 0.5", *SPREADS, "sentinel 0.2", "unit 100")
            for name in SETS
        ),
    )
    yield Table(
        "4. A fault in one of 10 columns, or the name of a category beside them; m = 10,000",
        ("fault", "distribution", "n"),
        HIT,
        tuple(
            Row((fault, family, f"{n:,}"), (Trial(Drawn((family,) * 10 + ("12 categories",), 10_000), n, fault),))
            for fault in (*SHIFTS, *SPREADS, *OTHER_FAULTS)
            for family in ("normal", "lognormal")
            for n in (200, 1_000, 10_000)
        ),
    )
    for n, most in ((100_000, 200), (1_000_000, 20)):
        yield Table(
            f"5. Too small to matter: one normal column, m = n = {n:,}",
            ("fault",),
            PLAIN,
            tuple(Row((fault or "none",), (Trial(Drawn(("normal",), n), n, fault),)) for fault in ("", "shift 0.01")),
            most,
        )


def measure(table: Table, reps: int, pool: ProcessPoolExecutor, peers: str | None) -> Iterator[str]:
    """Try every row of a table and yield its lines, as Markdown."""
    by_source: dict[Source, list[Trial]] = {}
    for row in table.rows:
        for trial in row.trials:
            by_source.setdefault(trial.source, []).append(trial)
    jobs = [(trials, seed) for trials in by_source.values() for seed in range(reps)]
    counts: dict[Trial, Counter[str]] = {}
    for (trials, _), each in zip(jobs, pool.map(outcomes, *zip(*jobs, strict=True), chunksize=4), strict=True):
        for trial, counted in zip(trials, each, strict=True):
            counts.setdefault(trial, Counter()).update(counted)
    if peers is not None and any(head.startswith("evidently") for head, _, _ in table.shown):
        ask_evidently(counts, reps, peers)
    yield f"\n### {table.title} ({reps} comparisons a row)\n"
    yield line((*table.labels, *(head for head, _, _ in table.shown)))
    yield line(("---",) * (len(table.labels) + len(table.shown)))
    for row in table.rows:
        cells = (rate(counts[row.trials[place]], what) for _, place, what in table.shown)
        yield line((*row.labels, *cells))


def rate(counts: Mapping[str, int], what: str) -> str:
    """Return a share with three digits; a dash where it was not measured."""
    return f"{counts[what] / counts['reps']:.3f}" if what in counts else "-"


def line(cells: Sequence[str]) -> str:
    """Return a line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def ask_evidently(counts: Mapping[Trial, Counter[str]], reps: int, peers: str) -> None:
    """Add what evidently says of the same comparisons, in its own interpreter."""
    for trial, counted in counts.items():
        assert isinstance(trial.source, Halves)
        command = [peers, "-W", "ignore", "-m", "tests.benchmarks.baseline_peers", "alarms"]
        command += [trial.source.name, trial.fault, str(reps)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        for name, count in zip(("any", "hit", "half"), done.stdout.split(), strict=True):
            counted[f"evidently {name}"] = int(count)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.accuracy")
    parser.add_argument("--reps", type=int, default=REPS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--peers")
    parser.add_argument(
        "--tables", nargs="*", default=[], help="the numbers of the tables, such as 1 1b 5; all if none"
    )
    asked = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, Python {sys.version.split()[0]}, numpy {np.__version__}")
    with ProcessPoolExecutor(asked.jobs) as pool:
        for table in tables():
            if asked.tables and table.title.split(".")[0] not in asked.tables:
                continue
            began = time.perf_counter()
            for each in measure(table, min(asked.reps, table.most), pool, asked.peers):
                print(each, flush=True)
            print(f"\n{time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
