"""The dashboard: every panel asks for what a guard exposes or a rule records."""

from __future__ import annotations

import json

import yaml
from prometheus_client import CollectorRegistry

from gatekeeper.contract.generation import dashboard, generate, prometheus_rules
from gatekeeper.contract.generation.dashboard import CONFIDENCE_TITLE
from gatekeeper.contract.observability.trees import metrics, parse
from tests.contract.generation.shared import GOLDEN, RECORD, changed, guard_module, pricing, pricing_baseline
from tests.contract.generation.test_rules import odd


def test_every_expression_asks_for_a_metric_that_there_is() -> None:
    for manifest, baseline in ((pricing(), pricing_baseline()), (odd(), None)):
        registry = CollectorRegistry()
        made = guard_module(manifest, baseline)
        made.Guard(lambda _: {"price": 80.0, "distance": 0.1}, probe=GOLDEN if baseline else (), registry=registry)(
            RECORD
        )
        known = {sample.name for family in registry.collect() for sample in family.samples}
        for group in yaml.safe_load(prometheus_rules(manifest, baseline))["groups"]:
            known |= {rule["record"] for rule in group["rules"] if "record" in rule}
        shown = [
            target["expr"] for panel in dashboard(manifest, baseline)["panels"] for target in panel.get("targets", [])
        ]
        assert len(shown) > 8
        for expr in shown:
            assert set(metrics(parse(expr))) <= known, expr


def test_what_people_look_for_is_there() -> None:
    made = dashboard(pricing(), pricing_baseline())
    titles = [panel["title"] for panel in made["panels"]]
    assert f"{CONFIDENCE_TITLE}: domain-distance" in titles
    assert {"Breaker", "Requests by status", "Kill-switch trips", "Share of missing values"} <= set(titles)
    assert "Prediction distribution: price (EUR)" in titles
    assert {"D of unit_cost", "D of the prediction price"} <= set(titles)
    drift = next(panel for panel in made["panels"] if panel["title"] == "D of unit_cost")
    assert drift["fieldConfig"]["defaults"]["thresholds"]["steps"][-1] == {"color": "red", "value": 0.1}


def test_panels_have_places_of_their_own() -> None:
    panels = dashboard(pricing(), pricing_baseline())["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_its_uid_is_the_manifests() -> None:
    first, second = dashboard(pricing(), pricing_baseline()), dashboard(pricing(), pricing_baseline())
    other = dashboard(changed(pricing(), kill_switches={}), pricing_baseline())
    assert first["uid"] == second["uid"] != other["uid"]
    assert len(first["uid"]) <= 40  # Grafana's limit
    written = json.loads(generate(pricing(), pricing_baseline(), ("grafana",))["dashboard.json"])
    assert written == first
