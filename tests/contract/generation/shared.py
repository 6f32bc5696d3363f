"""What the tests of what is generated share: the pricing example's manifest, random conditions, and records."""

from __future__ import annotations

import math
import random
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline import Baseline
from gatekeeper.contract.generation import guard_source
from gatekeeper.contract.manifest.document import load
from gatekeeper.contract.manifest.facts import Condition, Input, KillSwitch, Manifest, Output

ROOT = Path(__file__).parents[3]
PRICING = """\
schema: gatekeeper/manifest@1
model:
  name: holiday-pricing
  version: "4093"
  artifact: "sha256:06f15fbb8c1df3eb75f80420f3940f0a362c2e5afdb1be7589c2310befd99b25"
  baseline: "sha256:1111111111111111111111111111111111111111111111111111111111111111"
owner: {team: pricing, oncall: pricing-oncall, runbook: "https://runbooks.example/pricing"}
review: {author: ann, by: bob, day: "2026-11-01", expires: "2027-11-01"}
outputs:
  price: {unit: EUR, min: 1, max: 1500, max_ratio_to_mean: 15, monotone: {unit_cost: increasing}}
inputs:
  region: {kind: category, vocabulary: [east, north, south, west]}
  unit_cost: {kind: number, unit: EUR, min: 1, max: 500}
  units: {kind: integer, min: 1, max: 24}
  stock: {kind: integer, min: 0, max: 500, missing: default, default: 250}
  days_to_holiday: {kind: integer, min: 0, max: 365}
kill_switches:
  dear-units:
    when: {all: [{feature: unit_cost, op: above, value: 400}, {feature: units, op: above, value: 20}]}
    action: safe-mode
    reason: never seen in training
  no-stock:
    when: {feature: stock, op: missing-rate, value: 0.05, window: 5m}
    action: safe-mode
  strange-costs:
    when: {feature: unit_cost, op: distance, value: 0.2, window: 1h, at_least: 500}
    action: alert
  odd-region:
    when: {not: {feature: region, op: one-of, value: [east, north, south, west]}}
    action: reject
breaker: {open_after: 5, of_last: 100, cooldown: 1m, fallback: {price: 71.29}}
confidence: {metric: domain-distance, field: distance, limit: 1.0}
"""
RECORD: Mapping[str, Any] = {"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120, "days_to_holiday": 5}
GOLDEN = [(RECORD, {"price": 80.0})]


def pricing() -> Manifest:
    return load(PRICING.encode(), "manifest.yaml")


def pricing_baseline() -> Baseline:
    return lib.read((ROOT / "examples/pricing/baseline.json").read_bytes())


AnyBlock = TypeVar("AnyBlock", bound=msgspec.Struct)


def changed(block: AnyBlock, **fields: Any) -> AnyBlock:
    """Return a manifest, or a block of one, with other fields."""
    return msgspec.structs.replace(block, **fields)


def module(source: str, name: str) -> types.ModuleType:
    """Return what a generated source is when it is imported."""
    made = types.ModuleType(name)
    sys.modules[name] = made  # pydantic looks there for the names in annotations
    exec(compile(source, f"{name}.py", "exec"), made.__dict__)
    return made


def guard_module(manifest: Manifest, baseline: Baseline | None) -> types.ModuleType:
    return module(guard_source(manifest, baseline), "generated_guard")


def exposed(registry: CollectorRegistry) -> list[Sample]:
    """Return the samples that Prometheus would scrape, through the text that it reads."""
    text = generate_latest(registry).decode()
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    """Return the sum of the series of a name that have these labels."""
    samples = (sample for family in registry.collect() for sample in family.samples)
    found = [each for each in samples if each.name == name and labels.items() <= each.labels.items()]
    assert found, (name, labels)
    return sum(each.value for each in found)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


NUMBERS: tuple[float, ...] = (0, 1, 5, 2.5, -3, 0.1, 1e6, -1e-4, 2**53, 1e300, 24.0)
TEXTS = ("north", "a b", 'say "no"', "back\\slash", "new\nline", "süd", "日本", "\U0001f600", "{{ x }}", "it's", "0")
INPUTS = {
    "cost": Input(kind="number", min=-10, max=100),
    "units": Input(kind="integer", min=0, max=24),
    "region": Input(kind="category", vocabulary=TEXTS[:6], unknown="default", default="north"),
    "new": Input(kind="boolean"),
    "class": Input(kind="text"),
}
EDGES: tuple[Any, ...] = (
    *(None, "", "5", "north", "South", True, False, math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, -5e-324),
    *(10**400, -(10**400), 2**53, 2**53 + 1, -(2**53) - 1, 2**63, 1e308, [1], {"a": 1}, 12.0, 12, 1.0, 1),
    *(
        each
        for number in NUMBERS
        for each in (number, math.nextafter(number, -math.inf), math.nextafter(number, math.inf))
    ),
    *TEXTS,
)
ABSENT = object()


def record_of(**values: Any) -> dict[str, Any]:
    return {name: each for name, each in values.items() if each is not ABSENT}


def edge_records() -> Iterator[dict[str, Any]]:
    """Yield records in which each input has each odd value, everything else being ordinary."""
    ordinary = {"cost": 3.5, "units": 7, "region": "north", "new": True, "class": "x"}
    for name in INPUTS:
        for each in (*EDGES, ABSENT):
            yield record_of(**{**ordinary, name: each})


def random_record(rng: random.Random) -> dict[str, Any]:
    usual: dict[str, Callable[[], Any]] = {
        "cost": lambda: rng.choice([rng.uniform(-10, 100), rng.choice(NUMBERS), rng.randint(-3, 6)]),
        "units": lambda: rng.randint(0, 24),
        "region": lambda: rng.choice(TEXTS),
        "new": lambda: rng.random() < 0.5,
        "class": lambda: rng.choice(TEXTS),
    }
    odd = (*EDGES, ABSENT)
    return record_of(**{name: make() if rng.random() < 0.8 else rng.choice(odd) for name, make in usual.items()})


def random_condition(rng: random.Random, depth: int = 3) -> Condition:
    """Return a condition that looks at one record, of the whole vocabulary."""
    form = rng.random()
    if depth and form < 0.2:
        return Condition(not_=random_condition(rng, depth - 1))
    if depth and form < 0.55:
        parts = tuple(random_condition(rng, depth - 1) for _ in range(rng.randint(1, 3)))
        return Condition(all=parts) if rng.random() < 0.5 else Condition(any=parts)
    feature = rng.choice(list(INPUTS))
    if INPUTS[feature].of.measured:
        return _of_numbers(rng, feature)
    values: tuple[Any, ...] = (True, False) if feature == "new" else TEXTS
    op = rng.choice(["equal", "one-of", "not-one-of", "missing"])
    return _listed(rng, feature, op, values)


def _of_numbers(rng: random.Random, feature: str) -> Condition:
    op = rng.choice(["above", "below", "outside", "equal", "one-of", "not-one-of", "missing"])
    if op in {"above", "below"}:
        return Condition(feature=feature, op=op, value=rng.choice(NUMBERS))
    if op == "outside":
        low, high = sorted(rng.choices(NUMBERS, k=2))
        return Condition(feature=feature, op=op, value=(low, high))
    return _listed(rng, feature, op, NUMBERS)


def _listed(rng: random.Random, feature: str, op: str, values: tuple[Any, ...]) -> Condition:
    if op == "missing":
        return Condition(feature=feature, op=op)
    if op == "equal":
        return Condition(feature=feature, op=op, value=rng.choice(values))
    return Condition(feature=feature, op=op, value=tuple(rng.sample(values, k=min(len(values), rng.randint(1, 4)))))


def random_manifest(rng: random.Random, switches: int) -> Manifest:
    """Return a manifest with kill-switches of one record; each only tells people, so that every one is asked."""
    made = {
        f"switch-{place}": KillSwitch(when=random_condition(rng), action="alert") for place in range(1, switches + 1)
    }
    return changed(
        pricing(),
        inputs=INPUTS,
        kill_switches=made,
        breaker=None,
        confidence=None,
        outputs={"price": Output(min=1, max=1500)},
    )
