"""How far each way of asking gets. From the root: `python -m tests.interpretability.probing_table`.

Five models of scikit-learn's diabetes data (442 rows of 10 inputs, all standardized), asked over the box of what was
seen; the declared range is 0 to 760, which is 0 to 500 % of the mean. Uniform draws and corners are one batch each,
hypothesis asks one record an example and steers by `target()`, ours is `gatekeeper.contract.probing.search.probe` from
the starts of the check, and the last row is what is proved. It measures and does not judge. Needs scikit-learn and
hypothesis.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it comes without stubs

from gatekeeper.contract import baseline as baselines
from gatekeeper.contract import bounds
from gatekeeper.contract.manifest.facts import Input
from gatekeeper.contract.probing.search import Answered, number, probe
from gatekeeper.contract.probing.space import Axis, Record, axes, corners, scattered, usual
from gatekeeper.errors import GatekeeperError
from gatekeeper.replay.inside.structure import describe
from gatekeeper_checks.interpretability_manifest.modelling import CORNERS, SCATTERED
from gatekeeper_checks.interpretability_manifest.proving import box_of

HEAD: Final = """\
| model | way | lowest..highest | leaves 0..760 | seconds | calls | records | |
|---|---|---|---|---|---|---|---|"""
LOW, HIGH = 0.0, 760.0
UNIFORM: Final = 10_000
GOLDEN: Final = 20
Rows: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one way got: the lowest and the highest answer, and what it took."""

    way: str
    lowest: float
    highest: float
    seconds: float
    calls: int = 0
    records: int = 0
    note: str = ""

    @property
    def leaves(self) -> str:
        """Whether it saw the declared range broken; of a bound, whether it lies within."""
        inside = self.lowest >= LOW and self.highest <= HIGH
        if self.way.startswith("bound"):
            return "within: proved" if inside else "not within"
        return "no" if inside else "YES"


MODELS: Final[dict[str, Callable[[], Any]]] = {
    "linear": LinearRegression,
    "RF60": lambda: RandomForestRegressor(60, random_state=0),
    "GBM": lambda: GradientBoostingRegressor(random_state=0),
    "MLP": lambda: make_pipeline(
        StandardScaler(), MLPRegressor(hidden_layer_sizes=(32,), max_iter=2000, random_state=0)
    ),
    "HistGB": lambda: HistGradientBoostingRegressor(random_state=0),
}


class Asked:
    """A model, and how often it was asked for how many records."""

    def __init__(self, model: Any, names: Sequence[str]) -> None:
        self._model, self._names = model, names
        self.calls = self.records = 0

    def rows(self, rows: Rows) -> Rows:
        """Return what it answers to rows."""
        self.calls += 1
        self.records += len(rows)
        return np.asarray(self._model.predict(rows), dtype=np.float64)

    def ask(self, records: Sequence[Record]) -> list[Answered]:
        """Return what it answers to records."""
        rows = np.array([[record[name] for name in self._names] for record in records], dtype=np.float64)
        return [Answered(value=float(each)) for each in self.rows(rows)]


def uniform(asked: Asked, low: Rows, high: Rows) -> Reach:
    """Draw from the box."""
    answers = asked.rows(np.random.default_rng(0).uniform(low, high, (UNIFORM, len(low))))
    return Reach("uniform", float(answers.min()), float(answers.max()), 0)


def cornered(asked: Asked, space: Sequence[Axis]) -> Reach:
    """Ask every corner of the box."""
    found = [number(each) for each in asked.ask(list(corners(space, 1024)))]
    return Reach("corners", min(found), max(found), 0)


def steered(asked: Asked, low: Rows, high: Rows, examples: int) -> Reach:
    """Let hypothesis look for the smallest, and then for the largest answer: half of the examples each."""
    reached: list[float] = []
    box = st.tuples(*(st.floats(float(a), float(b)) for a, b in zip(low, high, strict=True)))

    def search(sign: float) -> None:
        @seed(0)
        @settings(
            max_examples=examples // 2,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.target),
            suppress_health_check=list(HealthCheck),
        )
        @given(box)
        def one(values: tuple[float, ...]) -> None:
            answer = float(asked.rows(np.array([values]))[0])
            reached.append(answer)
            target(sign * answer)

        one()

    search(-1.0)
    search(1.0)
    return Reach(f"hypothesis {examples}", min(reached), max(reached), 0)


def ours(asked: Asked, space: Sequence[Axis], golden: Sequence[Record]) -> Reach:
    """Climb from where the check begins: the usual record, golden ones, corners, scattered ones."""
    starts = [usual(space), *golden, *corners(space, CORNERS), *scattered(space, SCATTERED)]
    found = probe(space, asked.ask, starts)
    assert found.lowest is not None
    assert found.highest is not None
    return Reach("ours", number(found.lowest.answer), number(found.highest.answer), 0)


def proved(model: Any, inputs: dict[str, Input]) -> Reach:
    """Work out what it can give at all, as the check does: as tight as it gets, and for the declared range."""
    try:
        description, arrays = described(model)
        structure = bounds.read(description, arrays)
        box = box_of(dict(zip(structure.inputs, inputs.values(), strict=True)))
        (bound,) = bounds.bound(structure, box)
    except GatekeeperError as error:
        return Reach("bound", float("-inf"), float("inf"), 0, note=error.what)
    kind = "exact" if bound.exact else "loose"
    return Reach(f"bound ({kind})", bound.lower, bound.upper, 0, note=bound.method)


def described(model: Any) -> tuple[Any, Any]:
    """Return a model's structure and its arrays."""
    description, arrays = describe(model)
    return description, dict(arrays)


def measured(way: Callable[[], Reach], asked: Asked) -> Reach:
    """Return what a way reached, with what it took."""
    asked.calls = asked.records = 0
    started = time.perf_counter()
    found = way()
    took = time.perf_counter() - started
    return Reach(found.way, found.lowest, found.highest, took, asked.calls, asked.records, found.note)


def ways(name: str, examples: int) -> Iterator[Reach]:
    """Yield each way's reach for one model."""
    frame, wanted = load_diabetes(return_X_y=True, as_frame=True)
    rows = frame.to_numpy(dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MODELS[name]().fit(rows, wanted)
    names, low, high = list(frame.columns), rows.min(axis=0), rows.max(axis=0)
    inputs = {
        each: Input(kind="number", min=float(a), max=float(b)) for each, a, b in zip(names, low, high, strict=True)
    }
    space = axes(inputs, baselines.build(frame, name="diabetes"))
    golden: list[Record] = [dict(zip(names, map(float, row), strict=True)) for row in rows[:GOLDEN]]
    asked = Asked(model, names)
    asked.rows(rows[:1])  # what is loaded late is loaded now
    yield measured(partial(uniform, asked, low, high), asked)
    yield measured(partial(cornered, asked, space), asked)
    yield measured(partial(steered, asked, low, high, 100 if name == "MLP" else examples), asked)
    yield measured(partial(ours, asked, space, golden), asked)
    yield measured(partial(proved, model, inputs), asked)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--examples", type=int, default=300, help="Of hypothesis; 100 for the MLP.")
    given_ = parser.parse_args()
    print(HEAD)
    with threadpool_limits(1):
        for name in given_.models:
            for each in ways(name, given_.examples):
                ends = f"{each.lowest:.1f}..{each.highest:.1f}"
                asked = f"{each.calls:,} | {each.records:,}" if each.calls else "- | -"
                print(
                    f"| {name} | {each.way} | {ends} | {each.leaves} | {each.seconds:.2f} | {asked} | {each.note} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
