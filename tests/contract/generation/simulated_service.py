"""The pricing example's service over some simulated hours: its own guard around its own model, scraped as it would be.

What a day brings is a list of phases. Each record comes at a time of its own; clock and `time` of the guard are the
simulation's, so that hours pass in seconds and the same seed gives the same bytes.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import random
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

from gatekeeper.contract import baseline as baselines
from gatekeeper.contract.baseline import Baseline
from gatekeeper.contract.baseline.facts import Feature, Grid
from gatekeeper.contract.manifest.document import load
from gatekeeper.contract.manifest.facts import Manifest
from tests.contract.generation.shared import ROOT, guard_module

EXAMPLE: Final = ROOT / "examples/pricing"
MAY: Final = ROOT / "examples/incident-4092x/live/may.csv"
START: Final = 1_772_438_400
"""2026-03-02 08:00 UTC: the day of the story. Blocks of Prometheus begin at even hours."""
ABSURD: Final = (-0.01, math.nan)
"""What the broken model gives in turn: the price of incident 4092-X, and none."""
SEED: Final = 4093

Record = dict[str, Any]
Draw = Callable[[random.Random], Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of the day: for how many seconds, what is asked, and whether the model is broken."""

    name: str
    seconds: int
    draw: Draw
    is_broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The whole of it: `rate` requests a second, scraped every `scrape` seconds."""

    phases: Sequence[Phase]
    rate: float = 2.0
    scrape: int = 15

    @property
    def spans(self) -> dict[str, tuple[int, int]]:
        """When each phase begins and ends, in seconds since 1970."""
        spans, begin = {}, START
        for phase in self.phases:
            spans[phase.name] = (begin, begin + phase.seconds)
            begin += phase.seconds
        return spans

    @property
    def end(self) -> int:
        """When it ends."""
        return START + sum(phase.seconds for phase in self.phases)


def contract() -> tuple[Manifest, Baseline]:
    """Return the example's manifest and its baseline."""
    manifest = load((EXAMPLE / "manifest.yaml").read_bytes(), "manifest.yaml")
    return manifest, baselines.read((EXAMPLE / "baseline.json").read_bytes())


def day(*, trained: int, may: int, broken: int, recovered: int, scrape: int = 15) -> Day:
    """Return the day of the story, each phase so many seconds long."""
    like_training = from_baseline(contract()[1])
    return Day(
        phases=(
            Phase(name="like the training year", seconds=trained, draw=like_training),
            Phase(name="like May", seconds=may, draw=from_rows(rows_of_may())),
            Phase(name="model broken", seconds=broken, draw=like_training, is_broken=True),
            Phase(name="recovered", seconds=recovered, draw=like_training),
        ),
        scrape=scrape,
    )


def from_baseline(baseline: Baseline) -> Draw:
    """Return what draws records of which each value is distributed as the baseline counts it."""
    columns = {feature.name: _drawing(feature) for feature in baseline.features}
    return lambda rng: {name: draw(rng) for name, draw in columns.items()}


def _drawing(feature: Feature) -> Callable[[random.Random], Any]:
    if feature.categories is not None:
        names, counts = list(feature.categories.values), list(feature.categories.values.values())
        return lambda rng: rng.choices(names, counts)[0]
    assert feature.grid is not None
    cells = [each for each in _cells(feature.grid) if each[2]]
    weights = [count for _, _, count in cells]
    is_whole = feature.kind == "integer"

    def draw(rng: random.Random) -> float:
        low, high, _ = rng.choices(cells, weights)[0]
        if low == high:
            return low
        return rng.randint(int(low) + 1, int(high) - 1) if is_whole else round(rng.uniform(low, high), 2)

    return draw


def _cells(grid: Grid) -> Iterator[tuple[float, float, int]]:
    """Yield each edge, and what lies between two of them, with how many values there are."""
    for place, edge in enumerate(grid.edges):
        if place:
            yield grid.edges[place - 1], edge, grid.lt[place] - grid.le[place - 1]
        yield edge, edge, grid.le[place] - grid.lt[place]


def rows_of_may() -> list[Record]:
    """Return the requests of the incident's May as a service gets them: what is empty is null."""
    with MAY.open(encoding="utf-8", newline="") as file:
        return [
            {
                "region": row["region"],
                "unit_cost": float(row["unit_cost"]),
                "units": int(row["units"]),
                "stock": int(row["stock"]) if row["stock"] else None,
                "days_to_holiday": int(row["days_to_holiday"]),
            }
            for row in csv.DictReader(file)
        ]


def from_rows(rows: Sequence[Record]) -> Draw:
    """Return what draws one of these rows at a time."""
    return lambda rng: rng.choice(rows)


class Service:
    """The example's model behind the guard that is generated from its manifest.

    `predict` looks up what the real model says: it was asked for all records of the day at once, which takes far less
    time than to ask it for one after another.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.now = float(START)
        self.is_broken = False
        self.registry = CollectorRegistry(auto_describe=False)
        self._asked = 0
        manifest, baseline = contract()
        made = guard_module(manifest, baseline)
        made.__dict__["time"] = types.SimpleNamespace(time=self._clock, monotonic=self._clock)
        lines = [json.loads(line) for line in (EXAMPLE / "golden/records.jsonl").read_text("utf-8").splitlines()]
        golden = [each for each in lines if "outputs" in each and not each.get("outside")]
        filled = [*(row["inputs"] for row in golden), *_filled(records, manifest)]
        self._answers = real_answers(filled)
        self.guard = made.Guard(
            self._predict,
            probe=[(row["inputs"], {"price": row["outputs"]["price"]}) for row in golden],
            registry=self.registry,
            clock=self._clock,
        )

    def _clock(self) -> float:
        return self.now

    def _predict(self, record: Mapping[str, Any]) -> dict[str, float]:
        price, distance = self._answers[_key(record)]
        if self.is_broken:
            self._asked += 1
            price = ABSURD[self._asked % len(ABSURD)]
        return {"price": price, "distance": distance}


def _filled(records: Sequence[Record], manifest: Manifest) -> Iterator[Record]:
    """Yield the records that the guard lets through, safe defaults filled in."""
    inputs = manifest.inputs
    for record in records:
        filled = {name: inputs[name].default if value is None else value for name, value in record.items()}
        if filled["region"] in inputs["region"].vocabulary:
            yield filled


def _key(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in ("region", "unit_cost", "units", "stock", "days_to_holiday"))


def real_answers(records: Sequence[Record]) -> dict[tuple[Any, ...], tuple[float, float]]:
    """Return the price and the distance from the domain that the example's own code gives each record."""
    import joblib
    import pandas as pd

    features = _example("serving/features.py")
    distinct = {_key(record): record for record in records}
    # As `to_frame` does with one of them.
    frame = pd.DataFrame(list(distinct.values()), columns=features.COLUMNS).astype(
        dict.fromkeys(features.NUMBERS, float)
    )
    # The example's own model, which this repository vouches for.
    prices = joblib.load(EXAMPLE / "model.joblib").predict(frame)
    return {
        key: (round(float(price), 2), features.distance(record))
        for (key, record), price in zip(distinct.items(), prices, strict=True)
    }


def _example(path: str) -> Any:
    """Return a module of the example; there are several packages `serving`, none of which is to be in the way."""
    spec = importlib.util.spec_from_file_location(f"pricing_{Path(path).stem}", EXAMPLE / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_scrapes(of: Day, file: TextIO) -> int:
    """Run the day, and write each scrape as OpenMetrics with its time; return how many requests were answered."""
    rng = random.Random(SEED)
    arrivals = list(_arrivals(of, rng))
    service = Service([record for _, record, _ in arrivals])
    waiting = iter(arrivals)
    following = next(waiting, None)
    for moment in range(START, of.end + 1, of.scrape):
        while following is not None and following[0] < moment:
            service.now, record, service.is_broken = following
            service.guard(record)
            following = next(waiting, None)
        service.now = float(moment)
        # What prometheus_client types is its other module.
        scraped: bytes = generate_latest(service.registry)  # type: ignore[no-untyped-call]
        for line in scraped.decode().splitlines():
            if not line.startswith("#"):
                file.write(f"{line} {moment}\n")
    file.write("# EOF\n")
    return len(arrivals)


def _arrivals(of: Day, rng: random.Random) -> Iterator[tuple[float, Record, bool]]:
    """Yield when each request comes, what it asks for, and whether the model is broken; nobody knows of the others."""
    now = float(START)
    for phase in of.phases:
        end = of.spans[phase.name][1]
        while (now := now + rng.expovariate(of.rate)) < end:
            yield now, phase.draw(rng), phase.is_broken
        now = float(end)
