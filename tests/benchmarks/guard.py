"""What the guard adds to a request. From the root: `python -m tests.benchmarks.guard [--features N ...] [--rounds N]`.

The guard is generated for so many numbers, one category and one whole number, with the pricing example's baseline for
each number, one kill-switch of two records' values and one of a window. It is asked for a valid record by a model that
takes no time, so that the figure is what is added beyond the model. Beside it stands what plain pydantic takes to
validate the same record with the same input model, and what is left of the difference.

Each figure is the fastest of the rounds: what else the machine does makes it only slower.
It measures and does not judge.
"""

from __future__ import annotations

import argparse
import sys
import time
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.generation import guard_source
from gatekeeper.contract.manifest.facts import (
    Breaker,
    Condition,
    Confidence,
    Input,
    KillSwitch,
    Manifest,
    Model,
    Output,
    Owner,
    Review,
)

CALLS: Final = 5_000
BASELINE: Final = Path(__file__).parents[2] / "examples/pricing/baseline.json"


def manifest(numbers: list[str]) -> Manifest:
    """Return a manifest of so many numbers, a category and a whole number."""
    far = tuple(Condition(feature=name, op="above", value=400) for name in numbers[:2])
    window = Condition(feature=numbers[0], op="missing-rate", value=0.05, window="5m")
    return Manifest(
        schema="gatekeeper/manifest@1",
        model=Model(name="benchmark", version="1", artifact=f"sha256:{'0' * 64}"),
        owner=Owner(team="benchmark", oncall="nobody", runbook="none"),
        review=Review(author="a", by="b", day="2026-11-01", expires="2027-11-01"),
        outputs={"price": Output(min=1, max=1500)},
        inputs={
            **{name: Input(kind="number", min=0, max=500) for name in numbers},
            "region": Input(kind="category", vocabulary=("east", "north", "south", "west")),
            "units": Input(kind="integer", min=1, max=24),
        },
        kill_switches={
            "far": KillSwitch(when=Condition(all=far), action="safe-mode"),
            "lost": KillSwitch(when=window, action="safe-mode"),
        },
        breaker=Breaker(open_after=5, of_last=100, fallback={"price": 50.0}),
        confidence=Confidence(metric="domain-distance", field="distance", limit=1.0),
    )


def built(features: int) -> tuple[types.ModuleType, dict[str, Any]]:
    """Return the guard's module, and a valid record."""
    numbers = [f"number_{place}" for place in range(features - 2)]
    trained = lib.read(BASELINE.read_bytes())
    cost = next(each for each in trained.features if each.name == "unit_cost")
    columns = tuple(msgspec.structs.replace(cost, name=name) for name in numbers)
    source = guard_source(manifest(numbers), msgspec.structs.replace(trained, features=columns))
    made = types.ModuleType("benchmark_guard")
    sys.modules[made.__name__] = made
    exec(compile(source, "guard.py", "exec"), made.__dict__)
    record = {name: 20.0 + place for place, name in enumerate(numbers)} | {"region": "north", "units": 3}
    return made, record


def fastest(work: Callable[[], object], rounds: int) -> float:
    """Return the microseconds of one call."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(CALLS):
            work()
        best = min(best, (time.perf_counter() - start) / CALLS)
    return best * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the guard adds to a request.")
    parser.add_argument("--features", type=int, nargs="+", default=[5, 20, 50])
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    print("| features | guard, us | plain pydantic, us | beyond it, us |")
    print("|---|---|---|---|")
    for features in asked.features:
        made, record = built(features)
        answer = {"price": 80.0, "distance": 0.2}
        guard = made.Guard(lambda _, answer=answer: answer, probe=[(record, {"price": 80.0})], registry=None)
        assert guard(record).status == "served"
        whole = fastest(partial(guard, record), asked.rounds)
        plain = fastest(partial(made.Request.model_validate, record), asked.rounds)
        print(f"| {features} | {whole:.1f} | {plain:.1f} | {whole - plain:.1f} |")


if __name__ == "__main__":
    main()
