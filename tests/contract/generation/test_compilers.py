"""One vocabulary, four compilers: whatever a condition and a record are, all of them say the same."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from gatekeeper.contract.generation import Plan, plan, pydantic_source
from gatekeeper.contract.generation.promql import compiled, selector
from gatekeeper.contract.generation.yaml_text import Block, dump
from gatekeeper.contract.manifest import conditions
from gatekeeper.contract.manifest.conditions import formula, trips
from gatekeeper.contract.manifest.facts import Manifest
from gatekeeper.contract.manifest.wording import condition_sentence
from tests.contract.generation.promtool import promtool
from tests.contract.generation.reading_prose import read
from tests.contract.generation.shared import edge_records, guard_module, module, random_manifest, random_record

Record = dict[str, Any]


def records(rng: random.Random, count: int) -> list[Record]:
    return [*edge_records(), *(random_record(rng) for _ in range(count))]


def defined(manifest: Manifest, record: Record) -> set[str]:
    """Return what trips by the definition."""
    return {name for name, switch in manifest.kill_switches.items() if trips(formula(switch.when), record)}


def agree(manifest: Manifest, chosen: Sequence[Record]) -> list[list[Any]]:
    """Hold guard, pydantic and prose against the definition; return what a guard of each record exposes."""
    guards, models = guard_module(manifest, None), module(pydantic_source(manifest), "generated_models")
    sentences = {
        name: read(condition_sentence(formula(switch.when))) for name, switch in manifest.kill_switches.items()
    }
    told = []
    for record in chosen:
        expected = defined(manifest, record)
        registry = CollectorRegistry()
        guards.Guard(lambda _: 50.0, registry=registry)(record)
        samples = [sample for family in registry.collect() for sample in family.samples]
        counted = {
            each.labels["switch"]
            for each in samples
            if each.name == "gatekeeper_kill_switch_trips_total" and each.value == 1
        }
        assert counted == expected, record
        assert set(models.tripped(record)) == expected, record
        assert {name for name, sentence in sentences.items() if trips(sentence, record)} == expected, record
        told.append(samples)
    return told


@pytest.mark.parametrize("seed", range(4))
def test_guard_pydantic_and_prose_say_what_the_definition_says(seed: int) -> None:
    rng = random.Random(seed)
    agree(random_manifest(rng, 6), rng.sample(records(rng, 60), 120))


READ = ("gatekeeper_records_total", "gatekeeper_start_time_seconds")
"""What the expressions read of a guard, beside the series of the features."""


def promql_file(manifest: Manifest, chosen: Sequence[Record], told: list[list[Any]]) -> str:
    """Return a test for promtool: every record is an instance of its own, and so is its verdict."""
    planned = plan(manifest, None)
    asked = {test.feature for switch in planned.switches for test in conditions.tests(switch.formula)}
    groups = [
        _group(planned, asked, chosen[start : start + AT_ONCE], told[start : start + AT_ONCE])
        for start in range(0, len(chosen), AT_ONCE)
    ]
    return dump({"rule_files": [], "evaluation_interval": "1m", "tests": groups})


AT_ONCE = 50
"""Records of one group: promtool loads 10,000 samples for one expression and no more."""


def _group(planned: Plan, asked: set[str], chosen: Sequence[Record], told: list[list[Any]]) -> dict[str, Any]:
    model = planned.manifest.model
    series = []
    for place, samples in enumerate(told):
        for each in samples:
            if each.name in READ or each.labels.get("feature") in asked:
                steady = each.name == "gatekeeper_start_time_seconds"
                labels = {**each.labels, "instance": str(place)}
                line = f"{each.value:.0f} {each.value:.0f}" if steady else f"0 {each.value:.0f}"
                series.append({"series": Block(selector(each.name, labels)), "values": line})
    instances = [
        Block(selector("", {"model": model.name, "version": model.version, "instance": str(place)}))
        for place in range(len(chosen))
    ]
    verdicts = [
        {
            "expr": Block(compiled(switch.formula, planned, ("model", "version", "instance"))),
            "eval_time": "1m",
            "exp_samples": [
                {"labels": labels, "value": int(trips(switch.formula, record))}
                for labels, record in zip(instances, chosen, strict=True)
            ],
        }
        for switch in planned.switches
    ]
    return {"interval": "1m", "input_series": series, "promql_expr_test": verdicts}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_promql_says_the_same_of_what_a_guard_exposes(seed: int, tmp_path: Path) -> None:
    """20 manifests of 4 kill-switches each, 500 random records and all odd ones for each: 10,000 random records."""
    rng = random.Random(1000 + seed)
    manifest = random_manifest(rng, 4)
    chosen = records(rng, 500)
    told = agree(manifest, chosen)
    path = tmp_path / "records.test.yaml"
    path.write_text(promql_file(manifest, chosen, told))
    ran = subprocess.run([promtool(), "test", "rules", path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
