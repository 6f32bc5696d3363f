"""The rules of Prometheus: nothing in them is unheard of, each alert fires on its fault, and none on the training."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from prometheus_client import CollectorRegistry

from gatekeeper.contract.generation import generate, plan, prometheus_rules, rule_tests
from gatekeeper.contract.generation.alerts import alerts
from gatekeeper.contract.generation.promql import compiled, is_exact, selector
from gatekeeper.contract.generation.yaml_text import Block, dump
from gatekeeper.contract.manifest.conditions import Formula, formula
from gatekeeper.contract.manifest.facts import Condition, Input, KillSwitch, Manifest, Output, Owner
from gatekeeper.contract.observability.trees import metrics, parse
from tests.contract.generation.promtool import promtool
from tests.contract.generation.shared import (
    GOLDEN,
    RECORD,
    TEXTS,
    Clock,
    changed,
    guard_module,
    pricing,
    pricing_baseline,
)

Rule = dict[str, Any]


def rules_of(text: str) -> list[Rule]:
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def odd() -> Manifest:
    """Return a manifest of everything that the example has not: classes, truth values, strange names, no breaker."""
    any_of = Condition(
        any=(
            Condition(feature="region", op="one-of", value=TEXTS[:3]),
            Condition(feature="new", op="equal", value=True),
            Condition(not_=Condition(feature="cost", op="outside", value=(-3, 5.5))),
        )
    )
    rates = Condition(
        all=(
            Condition(feature="region", op="unseen-rate", value=0.5, window="2h", at_least=20),
            Condition(feature="cost", op="outside-rate", value=0.1, window="90s"),
        )
    )
    return changed(
        pricing(),
        owner=Owner(team='the "{{ team }}"\nof prices', oncall="#call", runbook="https://runbooks.example/{{ x }}"),
        outputs={"kind": Output(type="class", classes=("cheap", 'say "no"', "{{ dear }}"))},
        inputs={
            "cost": Input(kind="number"),
            "region": Input(kind="category", vocabulary=TEXTS),
            "new": Input(kind="boolean"),
            "class": Input(kind="text"),
        },
        kill_switches={
            "any-of": KillSwitch(when=any_of, action="reject"),
            "rates": KillSwitch(when=rates, action="alert"),
        },
        breaker=None,
        confidence=None,
    )


def test_every_metric_is_exposed_by_a_run_of_the_guard_or_recorded_before() -> None:
    for manifest, baseline in ((pricing(), pricing_baseline()), (odd(), None)):
        registry = CollectorRegistry()
        made = guard_module(manifest, baseline)
        made.Guard(lambda _: {"price": 80.0, "distance": 0.1}, probe=GOLDEN if baseline else (), registry=registry)(
            RECORD
        )
        known = {sample.name for family in registry.collect() for sample in family.samples}
        for rule in rules_of(prometheus_rules(manifest, baseline)):
            assert set(metrics(parse(rule["expr"]))) <= known, rule
            known.add(rule.get("record", ""))


def test_every_alert_says_whose_it_is_and_what_to_do() -> None:
    found = [rule for rule in rules_of(prometheus_rules(pricing(), pricing_baseline())) if "alert" in rule]
    planned = plan(pricing(), pricing_baseline())
    assert len(found) == len(list(alerts(planned)))
    for rule in found:
        assert rule["labels"]["owner"] == "pricing"
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["runbook_url"] == "https://runbooks.example/pricing"
        assert rule["annotations"]["manifest"] == planned.digest
    assert {rule["alert"].removeprefix("Gatekeeper") for rule in found} == {
        *("OutputViolation", "NonFinite", "MissingRate", "OutsideDomain", "UnseenCategory", "FeatureDrift"),
        *("PredictionDrift", "ConfidenceLow", "FallbackShare", "RejectedShare", "BreakerOpen", "KillSwitch"),
        *("GuardAbsent", "NoRequests", "TooFewRecords", "HeartbeatStale", "RulesOutdated", "FeatureVanished"),
    }


def test_drift_is_what_the_manifest_says_or_what_the_training_itself_does() -> None:
    drift = plan(pricing(), pricing_baseline()).drift
    assert ("feature", "days_to_holiday") not in drift  # it follows the calendar
    assert drift["feature", "unit_cost"].limit == 0.1
    assert drift["output", "price"].limit > 0.2  # its blocks lie as far apart
    assert 1.6 < drift["feature", "unit_cost"].critical < 1.7  # sqrt(-ln(0.05 / 5 / 2) / 2)
    assert drift["output", "price"].critical > 2  # rows that hang together count for fewer


def test_what_people_write_in_a_manifest_is_no_template() -> None:
    for rule in rules_of(prometheus_rules(odd(), None)):
        if "alert" in rule:
            assert "{{" not in rule["labels"]["owner"] + rule["annotations"]["runbook_url"]


def test_two_values_of_one_record_are_told_by_the_guard_alone() -> None:
    planned = plan(pricing(), pricing_baseline())
    both, rate, _, region = (switch.formula for switch in planned.switches)
    assert not is_exact(both)
    assert is_exact(rate)
    assert is_exact(region)
    text = prometheus_rules(pricing(), pricing_baseline())
    assert "Counts of many records can't tell whether two values were in the same one" in text
    rule = next(each for each in rules_of(text) if each.get("labels", {}).get("switch") == "dear-units")
    assert set(metrics(parse(rule["expr"]))) == {"gatekeeper_kill_switch_trips_total"}


def test_buckets_are_named_as_both_prometheus_2_and_3_have_them() -> None:
    text = prometheus_rules(pricing(), pricing_baseline())
    assert 'le="400.0"' in text
    assert 'le="400"' not in text
    assert "_sum{" not in text
    assert "_count{" not in text


def ran(*arguments: str, cwd: Path) -> None:
    done = subprocess.run([promtool(), *arguments], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "duplicate rule" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("manifest", [pricing(), odd()], ids=["pricing", "odd"])
def test_promtool_takes_the_rules_and_their_tests_pass(manifest: Manifest, tmp_path: Path) -> None:
    baseline = pricing_baseline() if manifest.confidence else None
    for name, data in generate(manifest, baseline, ("prometheus-rules", "rule-tests")).items():
        (tmp_path / name).write_bytes(data)
    ran("check", "rules", "rules.yaml", cwd=tmp_path)
    ran("test", "rules", "rules.test.yaml", cwd=tmp_path)


@pytest.mark.slow
def test_a_rule_that_is_dead_fails_its_test(tmp_path: Path) -> None:
    files = generate(pricing(), pricing_baseline(), ("prometheus-rules", "rule-tests"))
    (tmp_path / "rules.yaml").write_bytes(files["rules.yaml"].replace(b"> 0.01\n", b"> 2\n"))
    (tmp_path / "rules.test.yaml").write_bytes(files["rules.test.yaml"])
    with pytest.raises(AssertionError, match="GatekeeperOutsideDomain"):
        ran("test", "rules", "rules.test.yaml", cwd=tmp_path)


def test_every_alert_has_a_fault_and_one_test_is_of_silence() -> None:
    tests = yaml.safe_load(rule_tests(pricing(), pricing_baseline()))["tests"]
    silent = [test for test in tests if all(not each["exp_samples"] for each in test["promql_expr_test"])]
    assert [test["name"] for test in silent] == ["traffic like the training data"]
    fired = [each["expr"] for test in tests if test not in silent for each in test["promql_expr_test"]]
    assert len(fired) == len(list(alerts(plan(pricing(), pricing_baseline()))))


WINDOWED = {
    "missing": Condition(feature="stock", op="missing-rate", value=0.1, window="10m"),
    "outside": Condition(feature="unit_cost", op="outside-rate", value=0.1, window="10m"),
    "unseen": Condition(feature="region", op="unseen-rate", value=0.1, window="10m"),
    "far": Condition(feature="units", op="distance", value=0.3, window="10m"),
    "place": Condition(feature="region", op="distance", value=0.3, window="10m"),
    "few": Condition(feature="stock", op="missing-rate", value=0.1, window="10m", at_least=100_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_promql_and_guard_say_the_same_of_a_window(seed: int, tmp_path: Path) -> None:
    """A guard is asked for 20 minutes and scraped every minute; then both are asked."""
    switches = {name: KillSwitch(when=each, action="alert") for name, each in WINDOWED.items()}
    switches |= {
        f"not-{name}": KillSwitch(when=Condition(not_=each), action="alert") for name, each in WINDOWED.items()
    }
    manifest = changed(pricing(), kill_switches=switches)
    planned, rng, clock, registry = (
        plan(manifest, pricing_baseline()),
        random.Random(seed),
        Clock(),
        CollectorRegistry(),
    )
    guard = guard_module(manifest, pricing_baseline()).Guard(
        lambda _: {"price": 80.0, "distance": 0.1}, probe=GOLDEN, registry=registry, clock=clock
    )
    # None of them near its limit: Prometheus extrapolates, and a window of the guard begins up to 10 seconds early.
    shares = {name: rng.choice([0.0, 0.03, 0.6]) for name in ("stock", "unit_cost", "region", "units", "places")}
    scraped: dict[tuple[str, tuple[tuple[str, str], ...]], list[float]] = {}
    for minute in range(21):
        for family in registry.collect():
            for sample in family.samples:
                key = sample.name, tuple(sorted(sample.labels.items()))
                scraped.setdefault(key, [0.0] * minute).append(sample.value)
        for _ in range(60 if minute < 20 else 0):
            clock.now += 1
            guard(_record(rng, shares))
    guard._windows.before(clock.now + 1)
    guard._windows.after(clock.now + 1)
    tripped: dict[Formula, bool] = dict(zip(planned.windows, guard._windows.tripped, strict=True))
    labels = selector("", {"model": manifest.model.name, "version": manifest.model.version})
    asked = [
        {
            "expr": Block(compiled(formula(switch.when), planned)),
            "eval_time": "20m",
            "exp_samples": [{"labels": Block(labels), "value": int(tripped[formula(switch.when)])}],
        }
        for switch in switches.values()
    ]
    series = [
        {"series": Block(selector(name, dict(of))), "values": " ".join(f"{value:.0f}" for value in values)}
        for (name, of), values in scraped.items()
    ]
    test: dict[str, Any] = {"interval": "1m", "input_series": series, "promql_expr_test": asked}
    (tmp_path / "test.yaml").write_text(dump({"rule_files": [], "evaluation_interval": "1m", "tests": [test]}))
    ran("test", "rules", "test.yaml", cwd=tmp_path)


def _record(rng: random.Random, shares: dict[str, float]) -> dict[str, Any]:
    def chosen(name: str, strange: object, usual: object) -> object:
        return strange if rng.random() < shares[name] else usual

    place = chosen("places", "north", rng.choice(["east", "north", "south", "west"]))
    return {
        "region": chosen("region", "nowhere", place),
        "unit_cost": chosen("unit_cost", 900.0, 50.0),
        "units": chosen("units", 1, rng.randint(1, 24)),
        "stock": chosen("stock", None, 100),
        "days_to_holiday": 30,
    }


def test_a_manifest_without_monitoring_of_drift_has_its_other_rules() -> None:
    found = rules_of(prometheus_rules(odd(), None))
    assert not any("Drift" in rule.get("alert", "") for rule in found)
    assert not any("distance" in rule.get("record", "") for rule in found)
    assert any(rule.get("alert") == "GatekeeperFeatureVanished" for rule in found)


def test_rules_of_another_window_say_so() -> None:
    monitoring = msgspec.structs.replace(pricing().monitoring, window="6h", hold="1h", drift=0.3, at_least=2000)
    text = prometheus_rules(changed(pricing(), monitoring=monitoring), pricing_baseline())
    drift = next(rule for rule in rules_of(text) if rule.get("alert") == "GatekeeperFeatureDrift")
    assert drift["for"] == "1h"
    assert "> 0.3\n" in drift["expr"]
    assert ">= 2000" in drift["expr"]
    assert "[6h]" in text


@pytest.mark.slow
def test_a_restart_within_the_window_makes_no_record_unsafe(tmp_path: Path) -> None:
    """Counts fall to 0 and are no more what came within the window; the guard's own count of trips is what is left."""
    planned = plan(pricing(), pricing_baseline())
    region = next(switch for switch in planned.switches if switch.name == "odd-region").formula
    base = {"model": "holiday-pricing", "version": "4093"}
    north = {**base, "feature": "region", "category": "north"}
    others = [{**north, "category": name} for name in ("east", "south", "west")]
    series = [
        (selector("gatekeeper_records_total", base), "0 100 200 5 10"),
        (selector("gatekeeper_feature_category_total", north), "0 95 195 5 10"),  # five were not safe, long ago
        *((selector("gatekeeper_feature_category_total", each), "0 0 0 0 0") for each in others),
        (selector("gatekeeper_start_time_seconds", base), "7 7 7 180 180"),
    ]
    expr = Block(compiled(region, planned))
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": Block(name), "values": values} for name, values in series],
        "promql_expr_test": [
            {"expr": expr, "eval_time": "2m", "exp_samples": [{"labels": Block(selector("", base)), "value": 1}]},
            {"expr": expr, "eval_time": "4m", "exp_samples": []},
        ],
    }
    (tmp_path / "test.yaml").write_text(dump({"rule_files": [], "evaluation_interval": "1m", "tests": [test]}))
    ran("test", "rules", "test.yaml", cwd=tmp_path)
