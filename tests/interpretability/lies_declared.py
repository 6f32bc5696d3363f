"""Lies of the manifest that are seen without running anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gatekeeper_checks import _manifest_samples as samples
from tests.interpretability.bases import (
    COST,
    INPUTS,
    OUTPUT,
    REGION,
    REGIONS,
    Files,
    edited,
    explained,
    graded,
    line,
    regional,
    trained,
)
from tests.interpretability.planted import Lie

TODAY: Final = datetime.now(UTC).date()
OWNER: Final = {"team": "pricing", "oncall": "pricing-oncall", "runbook": "https://runbooks.example.org/pricing"}
REVIEW: Final = {
    "author": "ana",
    "by": "ben",
    "day": TODAY.isoformat(),
    "expires": (TODAY + timedelta(days=180)).isoformat(),
}
ZEROS: Final = f"sha256:{'0' * 64}"


def day(after: int) -> str:
    return (TODAY + timedelta(days=after)).isoformat()


def _of(rule: str) -> str:
    return f"interpretability-manifest/{rule}"


def _line(name: str, rule: str, says: str, **changes: Any) -> Lie:
    return Lie(name, _of(rule), lambda: line(**changes), says)


def _regional(name: str, rule: str, says: str, **changes: Any) -> Lie:
    return Lie(name, _of(rule), lambda: regional(**changes), says)


def invalid(**changes: Any) -> Files:
    """Return a candidate whose manifest is none; what is generated stays that of the manifest before."""
    files = line()
    stated = {name: each for name, each in changes.items() if "." not in name}
    text = samples.manifest({name: each for name, each in files.items() if name != "manifest.yaml"}, **stated)
    return {**files, "manifest.yaml": changes.get("manifest.yaml", text)}


def _invalid(name: str, says: str, **changes: Any) -> Lie:
    return Lie(name, _of("not-valid"), lambda: invalid(**changes), says)


def _written(name: str, says: str, old: str, new: str) -> Lie:
    return Lie(name, _of("not-valid"), lambda: edited(line(), "manifest.yaml", old, new), says)


def _digest(name: str, which: str, base: Callable[..., Files] = line) -> Lie:
    def files() -> Files:
        made = base()
        return edited(made, "manifest.yaml", samples.digest(made[which]), ZEROS)

    return Lie(name, _of("of-another-model"), files, "expected")


def _switch(name: str, says: str, **when: Any) -> Lie:
    return _line(name, "switch-dead", says, kill_switches=samples.switch(**when))


def _explanation(document: Mapping[str, Any] | str | bytes) -> Files:
    text = json.dumps(document) if isinstance(document, Mapping) else document
    return line(**{"shap.json": text})


SHAP: Final[Mapping[str, Any]] = json.loads(samples.shap())

INPUT_LIES: Final = [
    _regional(
        "inputs in another order",
        "other-inputs",
        "in another order",
        inputs={name: INPUTS[name] for name in ("cost", "region", "units")},
    ),
    _regional(
        "an input left out",
        "other-inputs",
        "without cost",
        inputs={"region": REGION, "units": samples.INPUT},
        outputs={"price": {**OUTPUT, "monotone": {}}},
    ),
    _line("an input that the model lacks", "other-inputs", "with stock", inputs={**samples.inputs(), "stock": COST}),
    _regional(
        "a category of the training data left out",
        "other-vocabulary",
        "west",
        inputs={**INPUTS, "region": {**REGION, "vocabulary": list(REGIONS[:3])}},
    ),
    _regional(
        "nothing said of an unknown category",
        "no-domain",
        "no unknown",
        inputs={**INPUTS, "region": {"kind": "category", "vocabulary": list(REGIONS)}},
    ),
    _line(
        "an input without a domain",
        "no-domain",
        "no min and no max",
        inputs={"units": {"kind": "integer", "unit": "pieces"}},
    ),
    _line("a narrower domain than was trained on", "other-range", "outside", inputs=samples.inputs(max=9)),
    _line("a domain a hundred times as wide", "other-range", "as wide", inputs=samples.inputs(max=1200)),
    _line("a safe default outside its domain", "default-outside", "99", inputs=samples.inputs(default=99)),
    _line("-1 as the safe default", "default-outside", "-1", inputs=samples.inputs(default=-1)),
    _line("kilograms for pieces", "other-unit", "'kg'", inputs=samples.inputs(unit="kg")),
    _line(
        "a golden record outside the domain",
        "golden-outside",
        "99",
        **{"golden.jsonl": '{"inputs": {"units": 99}, "outputs": {"price": 199.0}}\n'},
    ),
    _line(
        "a golden record with an answer out of range",
        "golden-outside",
        "above",
        **{"golden.jsonl": '{"inputs": {"units": 3}, "outputs": {"price": 700.0}}\n'},
    ),
]
OUTPUT_LIES: Final = [
    _line("an output range too wide to exclude anything", "vacuous", "times as wide", outputs=samples.output(max=1e5)),
    _line("an output range too narrow", "too-narrow", "lie outside", outputs=samples.output(max=20.0)),
    _line("no output range", "unbounded", "no min and no max", outputs={"price": {"unit": "EUR"}}),
    _line("an output range without a lower end", "unbounded", "no min", outputs={"price": {"max": 60.0}}),
    Lie(
        "classes in another order",
        _of("other-classes"),
        lambda: graded(outputs={"grade": {"type": "class", "classes": ["cheap", "middling", "dear"]}}),
        "cheap, dear, middling",
    ),
    Lie(
        "a class left out",
        _of("other-classes"),
        lambda: graded(outputs={"grade": {"type": "class", "classes": ["cheap", "middling"]}}),
        "cheap, dear, middling",
    ),
]
SAFETY_LIES: Final = [
    _line("no kill-switch", "no-kill-switch", "must not be asked", kill_switches={}),
    _switch("a dead kill-switch", "trips it", op="above", value=500),
    _switch("a dead kill-switch within the domain's end", "trips it", op="above", value=24),
    _switch("a kill-switch that always trips", "trip it", op="below", value=100),
    _switch("a kill-switch on what is usual", "trip", op="equal", value=6),
    Lie(
        "a kill-switch that takes the safe default back",
        _of("switch-dead"),
        lambda: line(
            kill_switches={"big": {"when": {"feature": "units", "op": "above", "value": 20}, "action": "reject"}}
        ),
        "safe default",
    ),
    _line("no breaker", "no-breaker", "asked no more", breaker=None),
    _line(
        "a fallback out of range",
        "no-breaker",
        "below",
        breaker={**samples.BREAKER, "fallback": {"price": -0.01}},
    ),
    _line("no confidence", "no-confidence", "how sure", confidence=None),
    Lie(
        "a guard whose bound was edited by hand",
        _of("generated-differs"),
        lambda: edited(line(), "guard.py", "60.0", "6000.0"),
        "edited at line",
    ),
    Lie(
        "a guard of an earlier manifest",
        _of("generated-differs"),
        lambda: {**line(), "guard.py": line(outputs=samples.output(max=61.0))["guard.py"]},
        "it was generated from the manifest",
    ),
]
PEOPLE_LIES: Final = [
    _line("an open mark", "open-mark", "how many", open={"breaker.open_after": "how many may be wrong?"}),
    _line("a placeholder runbook", "placeholder", "TODO", owner={**OWNER, "runbook": "TODO"}),
    _line("a runbook that leads nowhere", "placeholder", "a link", owner={**OWNER, "runbook": "RUNBOOK.md"}),
    _line("nobody on call", "placeholder", "says nothing", owner={**OWNER, "oncall": "tbd"}),
    _line("reviewer and author are one", "not-reviewed", "two people", review={**REVIEW, "by": " Ana "}),
    _line(
        "an expired review",
        "not-reviewed",
        "expired",
        review={**REVIEW, "day": day(-200), "expires": day(-1)},
    ),
    _line("a review of next month", "not-reviewed", "to come", review={**REVIEW, "day": day(30)}),
    _line("a review for ten years", "not-reviewed", "at most", review={**REVIEW, "expires": day(3650)}),
    _line(
        "a waiver that is over",
        "waiver-ended",
        "over",
        waivers=[{"of": "GatekeeperFeatureDrift", "reason": "a new region", "by": "ben", "until": day(-1)}],
    ),
    _line(
        "a waiver for five years",
        "waiver-ended",
        "at most 90 days",
        waivers=[{"of": "GatekeeperFeatureDrift", "reason": "a new region", "by": "ben", "until": day(1800)}],
    ),
    _digest("a manifest of another artifact", "model.pkl"),
    _digest("a manifest of another baseline", "baseline.json"),
    _digest("a manifest of other golden records", "golden.jsonl"),
    _digest("a manifest of another lock", "training.lock"),
]
INVALID: Final = [
    _invalid("an unknown operator", "op", kill_switches=samples.switch(op="near", value=3)),
    _invalid("an unknown unit", "unit", inputs=samples.inputs(unit="parsec/fortnight")),
    _invalid("an unknown key", "unknown", owner={**OWNER, "pager": "1"}),
    _invalid("an inverted range", "min", outputs=samples.output(min=60.0, max=1.0)),
    _invalid("a range of text", "", outputs=samples.output(max="a lot")),
    _written("an infinite range", "expected a number", '"max": 60.0', '"max": .inf'),
    _written("NaN for a range", "expected a number", '"min": 1.0', '"min": .nan'),
    _invalid("cyclic references", "", **{"manifest.yaml": "schema: gatekeeper/manifest@1\ninputs: &i {units: *i}\n"}),
    _invalid("nested without end", "nested", **{"manifest.yaml": "a: " + "[" * 5_000}),
]
EVIDENCE_LIES: Final = [
    _line("no explanation", "no-explanation", "no explanation", explanations=None),
    Lie(
        "a SHAP file put in the place of the reviewed one",
        _of("explanation-of-another-model"),
        lambda: {**line(), "shap.json": samples.shap(slope=2.5)},
        "reviewed with another file",
    ),
    Lie(
        "a SHAP file of a retrained model",
        _of("explanation-of-another-model"),
        lambda: regional(**{"shap.json": explained(trained(shift=30.0), "shap")}),
        "of another model",
    ),
    Lie(
        "an explanation of other data",
        _of("explanation-of-another-model"),
        lambda: _explanation({**SHAP, "source": {**SHAP["source"], "sha256": ZEROS}}),
        "of other data",
    ),
    Lie(
        "an explanation of another output",
        _of("explanation-of-another-model"),
        lambda: _explanation({**SHAP, "output": "demand"}),
        "of no output",
    ),
    _line(
        "an explanation by another method",
        "explanation-of-another-model",
        "another method",
        explanations=[{"method": "surrogate", "path": "shap.json", "sha256": samples.digest(samples.shap())}],
    ),
]
LIES: Final = [*INPUT_LIES, *OUTPUT_LIES, *SAFETY_LIES, *PEOPLE_LIES, *INVALID, *EVIDENCE_LIES]
