"""What is generated, decided once: which edges and categories are counted, what drift is, and whether it is too much.

Guard, rules, tests of the rules and dashboard are written from the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from gatekeeper.contract.baseline.facts import Baseline, Feature
from gatekeeper.contract.baseline.limits import calibrate
from gatekeeper.contract.generation import metrics
from gatekeeper.contract.generation.drift import Drift, drift_of
from gatekeeper.contract.generation.edges import Counted, counted_confidence, counted_input, counted_output
from gatekeeper.contract.generation.identity import digest
from gatekeeper.contract.manifest.conditions import Formula, Op, Test, formula, tests
from gatekeeper.contract.manifest.facts import Kind, Manifest, Output
from gatekeeper.errors import Unreadable

MOST_SERIES: Final = 10_000
"""Series that one process may expose; what is beyond it is paid for by whoever runs Prometheus."""
_EDGES: Final = (64, 32, 16)
"""How many of the baseline's edges are counted at: all of them, or fewer where there are many inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One kill-switch and its formula."""

    name: str
    action: str
    formula: Formula
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole of it.

    Attributes:
        digest: of the manifest.
        inputs: those that a request has, in order.
        mean: for each output the mean that `max_ratio_to_mean` is a multiple of.
        drift: for each input and output that is watched, by (metric, name).
        windows: the tests that look at a window, each once, in the order in which the kill-switches name them.
    """

    manifest: Manifest
    digest: str
    baseline_sha256: str
    inputs: tuple[Counted, ...]
    outputs: tuple[Counted, ...]
    means: dict[str, float]
    confidence: Counted | None
    drift: dict[tuple[str, str], Drift]
    switches: tuple[Switch, ...]
    windows: tuple[Test, ...]

    @property
    def series(self) -> int:
        """How many series one process exposes."""
        return sum(count for _, count in self.budget)

    @property
    def budget(self) -> tuple[tuple[str, int], ...]:
        """How many series go to what, for people."""
        of_inputs = sum(each.series + 5 for each in self.inputs)
        trained = sum(each.trained_series for each in (*self.inputs, *self.outputs))
        of_outputs = sum(each.series + 1 + len(metrics.VIOLATIONS) for each in self.outputs)
        others = 15 + len(self.switches) + (self.confidence.series if self.confidence else 0)
        return ("inputs", of_inputs), ("outputs", of_outputs), ("baseline", trained), ("the guard itself", others)

    def counted(self, name: str) -> Counted:
        """Return the input of a name."""
        return next(each for each in self.inputs if each.name == name)


def switches_of(manifest: Manifest) -> tuple[Switch, ...]:
    """Return the kill-switches in the form that is compiled."""
    return tuple(
        Switch(name=name, action=each.action, formula=formula(each.when), reason=each.reason)
        for name, each in manifest.kill_switches.items()
    )


def plan(manifest: Manifest, baseline: Baseline | None) -> Plan:
    """Return the plan for a manifest that is well formed.

    Raises:
        Unreadable: it would expose more than 10,000 series, a condition compares with a number that no float is, a text
            can't be written, or a ratio has no mean that is above 0.
    """
    writable(manifest)
    planned = None
    for most in _EDGES:
        planned = _planned(manifest, baseline, most)
        if planned.series <= MOST_SERIES:
            _comparable(planned.windows, planned.inputs)
            return planned
    assert planned is not None
    told = ", ".join(f"{count:,} for {what}" for what, count in planned.budget)
    raise Unreadable(
        f"would expose {planned.series:,} series a process ({told}), expected at most {MOST_SERIES:,}",
        fix="split the model's inputs, or name fewer values in the kill-switches",
    )


def _planned(manifest: Manifest, baseline: Baseline | None, most: int) -> Plan:
    switches = switches_of(manifest)
    asked = [test for switch in switches for test in tests(switch.formula)]
    features = {feature.name: feature for feature in baseline.features} if baseline else {}
    inputs = tuple(
        counted_input(name, each, features.get(name), [test for test in asked if test.feature == name], most)
        for name, each in manifest.requested.items()
    )
    means = {
        name: mean
        for name, each in manifest.outputs.items()
        if (mean := _mean(name, each, manifest, baseline)) is not None
    }
    outputs = tuple(
        counted_output(name, each, predictions(name, manifest, baseline), means.get(name), most)
        for name, each in manifest.outputs.items()
    )
    trained = baseline.confidence if baseline else None
    windows = tuple(dict.fromkeys(test for test in asked if test.op.windowed))
    drawn = Plan(
        manifest=manifest,
        digest=digest(manifest),
        baseline_sha256=manifest.model.baseline or "",
        inputs=inputs,
        outputs=outputs,
        means=means,
        confidence=counted_confidence(manifest.confidence, trained, most) if manifest.confidence else None,
        drift={},
        switches=switches,
        windows=windows,
    )
    return replace(drawn, drift=_drift(drawn, baseline)) if baseline else drawn


def _drift(drawn: Plan, baseline: Baseline) -> dict[tuple[str, str], Drift]:
    kinds = [("feature", each) for each in drawn.inputs] + [("output", each) for each in drawn.outputs]
    watched = [(kind, each) for kind, each in kinds if each.is_comparable]
    calibration = calibrate(baseline)
    return {
        (kind, each.name): drift_of(each, calibration, drawn.manifest.monitoring, len(watched))
        for kind, each in watched
    }


def predictions(name: str, manifest: Manifest, baseline: Baseline | None) -> Feature | None:
    """Return the column of the baseline that holds what the model gave for an output.

    A baseline has one such column: it is of the only output, or of the one that is called like it.
    """
    column = baseline.predictions if baseline else None
    return column if column is not None and (len(manifest.outputs) == 1 or column.name == name) else None


def _mean(name: str, output: Output, manifest: Manifest, baseline: Baseline | None) -> float | None:
    if output.max_ratio_to_mean is None:
        return None
    column = predictions(name, manifest, baseline) if len(manifest.outputs) == 1 else None
    mean = output.mean if output.mean is not None else column.mean if column else None
    if mean is None or not mean > 0:
        got = "there is no mean" if mean is None else f"the mean is {mean:g}"
        raise Unreadable(
            f"outputs.{name}.max_ratio_to_mean: {got}, expected one above 0",
            fix="write `mean:` beside it, give the baseline with predictions, or write `max:` instead",
        )
    return mean


def _comparable(windows: tuple[Test, ...], inputs: tuple[Counted, ...]) -> None:
    """Refuse a distance from a baseline that there is not."""
    compared = {each.name for each in inputs if each.reference is not None}
    for test in windows:
        if test.op is Op.DISTANCE and test.feature not in compared:
            raise Unreadable(
                f"a kill-switch asks how far {test.feature} lies from a baseline that has no counts of it",
                fix="give the baseline with that column, of the same kind, or use another operator",
            )


def writable(manifest: Manifest) -> None:
    """Refuse what can't be written: texts that no file can hold, a category called like all others, or of nothing.

    Raises:
        Unreadable: there is one.
    """
    for name, one in manifest.requested.items():
        if one.of is Kind.CATEGORY and not one.vocabulary:
            raise Unreadable(
                f"inputs.{name}: a category without a vocabulary, so that no value is known",
                fix="name the categories: vocabulary: [...], or write `kind: text`",
            )
    texts = [text for each in manifest.inputs.values() for text in each.vocabulary]
    texts += [text for each in manifest.outputs.values() for text in each.classes]
    for switch in manifest.kill_switches.values():
        texts += [value for test in tests(formula(switch.when)) for value in test.values if isinstance(value, str)]
    for text in texts:
        if text == metrics.OTHER:
            raise Unreadable(f"a category is called {text!r}, the label of all others", fix="rename it")
        if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
            raise Unreadable(f"the category {text!a} is no text that a file can hold", fix="write it in UTF-8")
