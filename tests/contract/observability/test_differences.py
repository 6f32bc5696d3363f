"""Deployed against generated: every alert that was deleted, loosened or muted is told, and another layout is not."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from gatekeeper.contract.generation import KINDS, generate, plan
from gatekeeper.contract.generation.alerts import alerts
from gatekeeper.contract.observability import Difference, Kind, differences, read
from gatekeeper.errors import Unreadable
from tests.contract.generation.shared import pricing, pricing_baseline

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
GENERATED = generate(pricing(), pricing_baseline(), KINDS)
RULES = GENERATED["rules.yaml"].decode()
DASHBOARD = GENERATED["dashboard.json"]
LOADED: dict[str, Any] = yaml.safe_load(RULES)
DRIFT = "GatekeeperFeatureDrift feature=unit_cost"


def told(
    rules: str, more: Mapping[str, str] = MappingProxyType({}), *, dashboard: bytes | None = DASHBOARD
) -> list[Difference]:
    files: dict[str, bytes] = {"rules.yml": rules.encode()}
    if dashboard is not None:
        files["dashboard.json"] = dashboard
    files |= {name: text.encode() for name, text in more.items()}
    return list(differences(GENERATED, files, NOW))


def document() -> dict[str, Any]:
    return copy.deepcopy(LOADED)


def dumped(document: Any) -> str:
    return str(yaml.dump(document, Dumper=yaml.CSafeDumper))  # ten times as fast as the one in Python


def rule(loaded: Mapping[str, Any], name: str, **labels: str) -> dict[str, Any]:
    return next(
        each
        for group in loaded["groups"]
        for each in group["rules"]
        if each.get("alert", each.get("record")) == name and labels.items() <= each.get("labels", {}).items()
    )


def changed(name: str = "GatekeeperFeatureDrift", feature: str = "unit_cost", **fields: Any) -> str:
    """Return the rules with one alert changed."""
    loaded = document()
    rule(loaded, name, **({"feature": feature} if feature else {})).update(fields)
    return dumped(loaded)


def the_one(found: list[Difference]) -> Difference:
    assert len(found) == 1, found
    return found[0]


def test_what_was_generated_is_equal_to_itself() -> None:
    assert told(RULES) == []


def test_another_layout_makes_no_difference() -> None:
    loaded = document()
    loaded["groups"] = loaded["groups"][::-1]
    for group in loaded["groups"]:
        group["rules"].reverse()
        for each in group["rules"]:
            each["expr"] = re.sub(r"\s+", "  ", each["expr"]).replace("by (model, version)", "by(version,model)")
            each["expr"] = each["expr"].replace("[1h]", "[60m]").replace("> 0.01", "> 1e-2")
            if each.get("for") == "30m":
                each["for"] = "1800s"
            each.setdefault("labels", {}) and each["labels"].update(extra="label")
    loaded["groups"].append({"name": "others", "rules": [{"alert": "Other", "expr": "up == 0"}]})
    board = json.loads(DASHBOARD)
    for panel in board["panels"]:
        panel.pop("fieldConfig", None)
        panel["title"] = f"renamed {panel['title']}"
    wrapped = json.dumps({"dashboard": board, "overwrite": True}).encode()
    assert told(dumped(loaded), dashboard=wrapped) == []


def test_a_prometheus_rule_and_a_config_map_are_read_too() -> None:
    resource = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "spec": document()}
    assert told("---\nkind: Service\n---\n".replace("---\nkind: Service\n", "") + dumped(resource)) == []
    config = {"kind": "ConfigMap", "data": {"rules.yaml": RULES, "board.json": DASHBOARD.decode()}}
    assert told(dumped(config), dashboard=None) == []
    both = "---\n" + dumped(resource) + "---\n" + dumped(config)
    assert told(both, dashboard=None) == []
    assert told(dumped({"kind": "List", "items": [resource]})) == []


ALERTS = {alert.name: dict(alert.labels) for alert in alerts(plan(pricing(), pricing_baseline()))}
"""One alert of each name."""


@pytest.mark.parametrize(("name", "labels"), ALERTS.items(), ids=ALERTS)
def test_every_alert_that_is_deleted_loosened_or_muted_is_told(name: str, labels: dict[str, str]) -> None:
    loaded = document()
    wanted = rule(loaded, name, **labels)
    expr = wanted["expr"]

    def kinds(**fields: Any) -> set[Kind]:
        wanted.update(fields)
        found = {each.kind for each in told(dumped(loaded))}
        wanted.update(expr=expr)
        return found

    assert kinds(expr=f"({expr}) and vector(0) > 1") == {Kind.MUTED}
    assert kinds(expr=f"({expr}) unless on () maintenance") == {Kind.MUTED}
    assert kinds(expr="vector(0) > 1") == {Kind.MUTED}
    numbers = re.findall(r"(?:>|>=) (?:bool )?(\d[\d.]*)", expr)
    if numbers and "absent" not in expr and "== 0" not in expr:
        loosened = expr.replace(f" {numbers[-1]}", f" {float(numbers[-1]) + 1e6}")
        assert kinds(expr=loosened) <= {Kind.THRESHOLD_LOOSENED, Kind.EXPRESSION_CHANGED}
        assert kinds(expr=loosened)
    hold = wanted["for"]
    assert kinds(**{"for": "99d"}) == {Kind.HOLD_LONGER}
    wanted["for"] = hold
    for group in loaded["groups"]:
        group["rules"] = [each for each in group["rules"] if each is not wanted]
    assert {each.kind for each in told(dumped(loaded))} == {Kind.ALERT_DELETED}


def test_a_loosened_threshold_is_told_with_line_and_amount() -> None:
    found = the_one(told(RULES.replace('feature="unit_cost"} > 0.1\n', 'feature="unit_cost"} > 0.35\n')))
    assert [found.kind, found.of, found.by] == [Kind.THRESHOLD_LOOSENED, DRIFT, pytest.approx(0.25)]
    assert (found.got, found.expected) == ("0.35", "0.1")
    assert found.at is not None
    assert RULES.splitlines()[(found.at.line or 0) - 1].strip() == '- alert: "GatekeeperFeatureDrift"'
    assert found.what == "the threshold is 0.35, expected 0.1"


def test_what_is_stricter_is_told_as_such_where_it_is_sure() -> None:
    lower = the_one(told(RULES.replace('feature="unit_cost"} > 0.1\n', 'feature="unit_cost"} > 0.05\n')))
    assert lower.kind is Kind.STRICTER
    assert lower.kind.harmless
    assert the_one(told(changed(**{"for": "5m"}))).kind is Kind.STRICTER
    assert the_one(told(changed(labels={**_labels(), "severity": "critical"}))).kind is Kind.STRICTER


def _labels() -> dict[str, str]:
    labels: dict[str, str] = rule(document(), "GatekeeperFeatureDrift", feature="unit_cost")["labels"]
    return labels


def test_a_longer_hold() -> None:
    found = the_one(told(changed(**{"for": "6h"})))
    assert (found.kind, found.by) == (Kind.HOLD_LONGER, 6 * 3600 - 1800)


def test_a_lower_severity_and_changed_labels() -> None:
    assert the_one(told(changed(labels={**_labels(), "severity": "none"}))).kind is Kind.SEVERITY_LOWERED
    assert the_one(told(changed(labels={**_labels(), "owner": "nobody"}))).kind is Kind.LABEL_CHANGED
    without = the_one(told(changed(annotations={"summary": "x"})))
    assert (without.kind, without.got) == (Kind.LABEL_CHANGED, "nothing")
    labels = _labels()
    del labels["severity"]
    assert the_one(told(changed(labels=labels))).kind is Kind.SEVERITY_LOWERED


@pytest.mark.parametrize("note", ["# ACTION: NONE, too noisy", "# action: none", "# Actions: ignore"])
def test_a_comment_that_nothing_is_done(note: str) -> None:
    where = RULES.index('      - alert: "GatekeeperPredictionDrift"')
    found = the_one(told(f"{RULES[:where]}      {note}\n{RULES[where:]}"))
    assert (found.kind, found.of) == (Kind.NO_ACTION, "GatekeeperPredictionDrift output=price")


def test_an_annotation_or_a_label_that_nothing_is_done() -> None:
    annotations = rule(document(), "GatekeeperFeatureDrift", feature="unit_cost")["annotations"]
    assert the_one(told(changed(annotations={**annotations, "ACTION": "NONE"}))).kind is Kind.NO_ACTION
    assert the_one(told(changed(annotations={**annotations, "note": "Action: none."}))).kind is Kind.NO_ACTION
    assert the_one(told(changed(labels={**_labels(), "action": "none"}))).kind is Kind.NO_ACTION
    assert told(changed(annotations={**annotations, "note": "Action: call the team."})) == []


def test_an_alert_that_is_commented_out_or_renamed() -> None:
    start = RULES.index('      - alert: "GatekeeperConfidenceLow"')
    end = RULES.index("      - alert:", start + 10)
    block = "".join(f"      #{line.removeprefix('      ')}\n" for line in RULES[start:end].splitlines())
    found = the_one(told(RULES[:start] + block + RULES[end:]))
    assert (found.kind, found.what) == (Kind.ALERT_DELETED, "the alert is commented out")
    assert found.at is not None
    renamed = the_one(told(changed(alert="Drift")))
    assert (renamed.kind, renamed.got) == (Kind.ALERT_DELETED, "Drift")


def test_a_recorded_series_that_is_missing_or_another_one() -> None:
    loaded = document()
    distance = rule(loaded, "gatekeeper:feature_distance")
    distance["expr"] = f"0.1 * ({distance['expr']})"
    assert the_one(told(dumped(loaded))).kind is Kind.RECORDING_CHANGED
    distance["record"] = "gatekeeper:feature_distances"
    missing = the_one(told(dumped(loaded)))
    assert (missing.kind, missing.of) == (Kind.RECORDING_MISSING, "gatekeeper:feature_distance")


def test_the_rules_of_another_model_beside_ours_are_none_of_our_business() -> None:
    other = RULES.replace('"holiday-pricing"', '"other"').replace("> 0.1\n", "> 0.9\n").replace("[1h]", "[2h]")
    assert told(RULES, {"other.yaml": other}) == []
    assert {each.kind for each in told(other)} == {Kind.ALERT_DELETED, Kind.RECORDING_MISSING}


def test_a_group_that_is_evaluated_once_a_day_or_is_limited() -> None:
    loaded = document()
    loaded["groups"][1]["interval"] = "1d"
    assert {each.kind for each in told(dumped(loaded))} == {Kind.EVALUATED_LATE}
    loaded["groups"][1]["interval"] = "1m"
    assert told(dumped(loaded)) == []
    loaded["groups"][1]["limit"] = 1
    assert {each.kind for each in told(dumped(loaded))} == {Kind.LIMITED}


ROUTES = """\
route:
  receiver: team
  routes:
    - {matchers: ['severity="none"'], receiver: nobody}
    ROUTE
receivers:
  - {name: team, slack_configs: [{channel: "#pricing"}]}
  - {name: nobody}
  - {name: empty, webhook_configs: []}
"""


@pytest.mark.parametrize(
    ("route", "kinds"),
    [
        ("", set()),
        ("- {matchers: ['alertname=~\"Gatekeeper.*Drift\"'], receiver: nobody}", {Kind.ROUTED_NOWHERE}),
        ("- {match: {alertname: GatekeeperFeatureDrift}, receiver: empty}", {Kind.ROUTED_NOWHERE}),
        ("- {match_re: {owner: pric.*}, receiver: nobody}", {Kind.ROUTED_NOWHERE}),
        ("- {matchers: ['owner=pricing'], receiver: nobody, continue: true}", {Kind.ROUTED_NOWHERE}),
        ("- {matchers: ['owner!=pricing'], receiver: nobody}", set()),
        ("- {matchers: ['namespace=\"x\"'], receiver: nobody}", set()),
        ("- {matchers: [owner=pricing], mute_time_intervals: [nights]}", {Kind.MUTED_AT_TIMES}),
        ("- {matchers: [owner=pricing], active_time_intervals: [days]}", {Kind.MUTED_AT_TIMES}),
        (
            "- {matchers: [owner=pricing], routes: [{matchers: [severity=warning], receiver: nobody}]}",
            {Kind.ROUTED_NOWHERE},
        ),
    ],
)
def test_routes_that_tell_nobody(route: str, kinds: set[Kind]) -> None:
    assert {each.kind for each in told(RULES, {"alertmanager.yml": ROUTES.replace("ROUTE", route)})} == kinds


def test_inhibitions() -> None:
    def rules_of(text: str) -> set[Kind]:
        return {each.kind for each in told(RULES, {"alertmanager.yml": ROUTES.replace("ROUTE", "") + text})}

    matchers = "source_matchers: [severity=critical], target_matchers: [severity=warning]"
    usual = f"inhibit_rules: [{{{matchers}, equal: [alertname]}}]"
    assert rules_of(usual) == set()
    assert rules_of(usual.replace("equal: [alertname]", "equal: [namespace]")) == {Kind.INHIBITED}
    assert rules_of("inhibit_rules: [{source_match: {a: b}, target_match_re: {alertname: Gate.*}}]") == {Kind.INHIBITED}


def silence(**fields: Any) -> str:
    matcher = {"name": "alertname", "value": "GatekeeperFeatureDrift", "isRegex": False, "isEqual": True}
    made = {
        "matchers": [matcher],
        "startsAt": "2026-11-01T00:00:00Z",
        "endsAt": "2027-11-01T00:00:00Z",
        "createdBy": "eve",
        "comment": "too noisy",
        "status": {"state": "active"},
    }
    return json.dumps([{**made, **fields}])


def test_silences() -> None:
    found = told(RULES, {"silences.json": silence()})
    assert {each.kind for each in found} == {Kind.SILENCED}
    assert found[0].what == "eve silenced it until 2027-11-01T00:00:00Z: too noisy"
    assert told(RULES, {"silences.json": silence(status={"state": "expired"})}) == []
    assert told(RULES, {"silences.json": silence(status=None, endsAt="2026-11-30T00:00:00Z")}) == []
    assert told(RULES, {"silences.json": silence(endsAt="never")})
    other = [{"name": "alertname", "value": "Other", "isRegex": False, "isEqual": True}]
    assert told(RULES, {"silences.json": silence(matchers=other)}) == []
    instance = [{"name": "instance", "value": "10.*", "isRegex": True}]
    assert told(RULES, {"silences.json": json.dumps({"data": json.loads(silence(matchers=instance))})})


def test_a_pattern_that_takes_for_ever_is_taken_to_match() -> None:
    hostile = [{"name": "alertname", "value": "(G?a*)+$", "isRegex": True}]
    assert told(RULES, {"silences.json": silence(matchers=hostile)})


def test_dashboards() -> None:
    board = json.loads(DASHBOARD)
    assert {each.kind for each in told(RULES, dashboard=None)} == {Kind.DASHBOARD_MISSING}
    without = {**board, "panels": [each for each in board["panels"] if "Confidence score" not in each["title"]]}
    assert the_one(told(RULES, dashboard=json.dumps(without).encode())).kind is Kind.CONFIDENCE_MISSING
    without = {**board, "panels": [each for each in board["panels"] if each["title"] != "Breaker"]}
    assert the_one(told(RULES, dashboard=json.dumps(without).encode())).kind is Kind.PANEL_MISSING
    drift = next(each for each in board["panels"] if each["title"] == "D of unit_cost")
    drift["targets"][1]["hide"] = True
    assert the_one(told(RULES, dashboard=json.dumps(board).encode())).kind is Kind.PANEL_CHANGED
    drift["targets"][1].pop("hide")
    drift["targets"].append({"expr": "gatekeeper_feature_drift > 1"})
    unknown = the_one(told(RULES, dashboard=json.dumps(board).encode()))
    assert (unknown.kind, unknown.got) == (Kind.UNKNOWN_METRIC, "gatekeeper_feature_drift")
    row = {"type": "row", "title": "all", "collapsed": True, "panels": json.loads(DASHBOARD)["panels"]}
    assert told(RULES, dashboard=json.dumps({"panels": [row]}).encode()) == []


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a: b",
        b"groups: [\n",
        b"\xff",
        b"groups: [{name: x, rules: [{alert: A}]}]",
        b"groups: [{name: x, rules: [{alert: A, expr: a, for: soon}]}]",
        b"{{ template }}",
        b"{",
        b"[1, 2]",
        b'{"a": NaN}',
        b'{"panels": 3}',
        b"[" * 100_000,
        b"- " * 100_000,
        BOMB.encode(),
        b"a: &a [*a]",
        b"\x00",
        b"route: {}\nreceivers: []",
    ],
    ids=range(17),
)
def test_what_can_not_be_read_is_told_and_never_passed_over(data: bytes) -> None:
    if data == b"":
        assert {each.kind for each in differences(GENERATED, {"x": data}, NOW)} >= {Kind.ALERT_DELETED}
        return
    with pytest.raises(Unreadable) as caught:
        read({"deployed/x.yaml": data})
    assert caught.value.at is not None
    assert caught.value.at.path == "deployed/x.yaml"


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(Unreadable, match="expected at most"):
        read({"x": b"#" * (9 << 20)})
