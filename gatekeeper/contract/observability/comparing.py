"""What is deployed against what was generated: every way in which an alert would no longer call anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from gatekeeper.contract.observability import alerting, dashboards
from gatekeeper.contract.observability.facts import Deployed, Difference, Kind, Rule
from gatekeeper.contract.observability.reading import read
from gatekeeper.contract.observability.rules import Expression, model_of, named


def differences(
    generated: Mapping[str, bytes], deployed: Deployed | Mapping[str, bytes], now: datetime
) -> tuple[Difference, ...]:
    """Return what is different in effect, in the order in which the generated files have it.

    Layout, the order of labels, the spelling of numbers, and rules that nobody generated make no difference.

    Args:
        generated: file name to bytes, as `gatekeeper.contract.generation.generate` gives them. Python and JSON Schema
            among them are passed over.
        deployed: what `read` has made of the deployed files, or these.
        now: for the silences, with a time zone.

    Raises:
        Unreadable: a file can't be read whole; with its path.
    """
    expected = read({name: data for name, data in generated.items() if _is_watching(name)})
    found = deployed if isinstance(deployed, Deployed) else read(deployed)
    return tuple(_differences(expected, found, now))


def _is_watching(name: str) -> bool:
    """Return whether a generated file is one of rules or a dashboard."""
    return name.endswith((".yaml", ".json")) and not name.endswith((".test.yaml", ".schema.json"))


def _differences(expected: Deployed, found: Deployed, now: datetime) -> Iterator[Difference]:
    for rule in expected.rules:
        if rule.alert:
            yield from alerting.of_alert(rule, found, now)
        else:
            yield from _of_recording(rule, found)
    for dashboard in expected.dashboards:
        yield from dashboards.of_dashboard(dashboard, expected, found)


def _of_recording(rule: Rule, found: Deployed) -> Iterator[Difference]:
    """Yield what is different about a recorded series: every one of that name and model must be the same."""
    expression = Expression(rule.expr)
    model = model_of(expression)
    same = [each for each in found.rules if not each.alert and each.name == rule.name]
    ours = [(each, Expression(each.expr)) for each in same]
    ours = [(each, other) for each, other in ours if model_of(other) in {model, None}]
    if not ours:
        yield Difference(
            kind=Kind.RECORDING_MISSING,
            of=rule.name,
            what="the recorded series is missing; alerts that read it never fire",
            got="nothing",
            expected=rule.expr,
        )
    for each, other in ours:
        if other != expression or each.labels != rule.labels:
            yield Difference(
                kind=Kind.RECORDING_CHANGED,
                of=rule.name,
                what="the recorded series is worked out in another way",
                got=each.expr,
                expected=rule.expr,
                at=each.at,
            )
        yield from named(rule, each)
