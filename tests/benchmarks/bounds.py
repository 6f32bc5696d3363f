"""How tight the bounds are, and what they cost. From the root: `python -m tests.benchmarks.bounds [--budget N ...]`.

The models are those of scikit-learn with their defaults, trained on the diabetes data (331 of 442 rows), and over the
box of what those data hold; and a forest of `--trees` trees on `--rows` rows of 10 random columns. For each: what
10,000 uniform records reach, the sum of each tree's own bounds (or one linear relaxation of a net), the bounds that the
budget gives, the least and the largest output of a record that was found, and the seconds of `read` and `bound`. A row
with `within` asks whether the output lies between 0 and 760, and ends when that is settled.
It measures and does not judge.
"""

from __future__ import annotations

import argparse
import time
import warnings
from importlib import import_module
from typing import Any, Final

import numpy as np

from gatekeeper.contract import bounds
from gatekeeper.replay.inside.structure import describe

DECLARED: Final = (0.0, 760.0)
HEAD: Final = ("model", "budget", "uniform", "loose", "bound", "found", "exact", "seconds")


def models() -> dict[str, Any]:
    """Return models that are not fitted yet, by name."""
    ensemble, linear = import_module("sklearn.ensemble"), import_module("sklearn.linear_model")
    pipeline, scaling = import_module("sklearn.pipeline"), import_module("sklearn.preprocessing")
    nets = import_module("sklearn.neural_network")
    net = nets.MLPRegressor(hidden_layer_sizes=(32,), alpha=1.0, max_iter=2000, random_state=0)
    return {
        "linear": linear.LinearRegression(),
        "RF60": ensemble.RandomForestRegressor(60, random_state=0),
        "GBM": ensemble.GradientBoostingRegressor(random_state=0),
        "HistGB": ensemble.HistGradientBoostingRegressor(random_state=0),
        "MLP 32": pipeline.make_pipeline(scaling.StandardScaler(), net),
    }


def span(low: float, high: float) -> str:
    """Return two numbers as people read them."""
    return f"{low:.1f}..{high:.1f}"


def measure(name: str, model: Any, box: bounds.Box, budget: int, within: dict[str, tuple[float, float]] | None) -> None:
    """Print one row of the table."""
    document, arrays = describe(model)
    start = time.perf_counter()
    structure = bounds.read(document, arrays)
    only = bounds.bound(structure, box, budget, within)[0]
    seconds = time.perf_counter() - start
    loose = bounds.bound(structure, box, 0)[0]
    random = np.random.default_rng(0)
    intervals = [each for each in box.inputs.values() if isinstance(each, bounds.Interval)]
    drawn = model.predict(np.column_stack([random.uniform(each.low, each.high, 10_000) for each in intervals]))
    assert only.lowest is not None
    assert only.highest is not None
    cells = (
        f"{name}{' within' if within else ''}",
        f"{budget:,}",
        span(drawn.min(), drawn.max()),
        span(loose.lower, loose.upper),
        span(only.lower, only.upper),
        span(only.lowest.value, only.highest.value),
        "yes" if only.exact else "no",
        f"{seconds:.2f}",
    )
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=int, nargs="*", default=[1_000_000, 4_000_000, 20_000_000])
    parser.add_argument("--trees", type=int, default=500)
    parser.add_argument("--rows", type=int, default=20_000)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    x, y = import_module("sklearn.datasets").load_diabetes(return_X_y=True)
    ends = zip(x.min(axis=0).tolist(), x.max(axis=0).tolist(), strict=True)
    box = bounds.Box({f"x{place}": bounds.Interval(low=low, high=high) for place, (low, high) in enumerate(ends)})
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for name, model in models().items():
        model.fit(x[:331], y[:331])
        for budget in asked.budget:
            measure(name, model, box, budget, None)
        measure(name, model, box, max(asked.budget), {"value": DECLARED})
    random = np.random.default_rng(0)
    wide = random.normal(size=(asked.rows, 10))
    target = wide[:, 0] * 3 + np.sin(wide[:, 1] * 3) + random.normal(size=asked.rows)
    forest = import_module("sklearn.ensemble").RandomForestRegressor(asked.trees, n_jobs=-1, random_state=0)
    forest.fit(wide, target)
    box = bounds.Box({f"x{place}": bounds.Interval(low=-4, high=4) for place in range(10)})
    for _ in range(3):
        measure(f"RF{asked.trees}", forest, box, 4_000_000, None)


if __name__ == "__main__":
    main()
