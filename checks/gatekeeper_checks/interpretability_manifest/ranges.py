"""The declared ranges of the outputs, held against what the model gave in training; without asking it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.contract.baseline.facts import Feature
from gatekeeper.contract.baseline.shares import above, below, quantile
from gatekeeper.contract.manifest.domain import limits, wrong
from gatekeeper.contract.manifest.facts import Output
from gatekeeper.model import Finding
from gatekeeper_checks.interpretability_manifest.domains import listed
from gatekeeper_checks.interpretability_manifest.output_rules import OtherClasses, TooNarrow, Unbounded, Vacuous
from gatekeeper_checks.interpretability_manifest.safety_rules import NoBreaker, NoConfidence, NoKillSwitch
from gatekeeper_checks.interpretability_manifest.subject import Subject

WIDTHS: Final = 20.0
"""How many times as wide as the middle 98 % of the predictions a range may be."""
OUTSIDE: Final = 0.001
"""The share of the predictions on the training data that may lie outside."""


def ranges(subject: Subject) -> Iterator[Finding]:
    """Yield what is against the declared outputs and what is done when one is broken."""
    for name, output in subject.manifest.outputs.items():
        if output.type == "class":
            yield from _classes(subject, name, output)
        else:
            yield from _number(subject, name, output)
    yield from _safety(subject)


def _number(subject: Subject, name: str, output: Output) -> Iterator[Finding]:
    low, high = limits(output, subject.mean(output))
    absent = [end for end, value in (("min", low), ("max", high)) if value is None]
    if absent:
        more = "; `max_ratio_to_mean` has no mean" if output.max_ratio_to_mean is not None and high is None else ""
        yield Unbounded.finding(
            f"{name}: got no {' and no '.join(absent)}{more}, expected both ends of what may be given out",
            fix=f"add {' and '.join(f'`{end}:`' for end in absent)}: where a person must look",
            at=subject.at(f"outputs.{name}"),
        )
    observed = subject.observed(output)
    if observed is not None and low is not None and high is not None:
        yield from _against(subject, name, low, high, observed)


def _against(subject: Subject, name: str, low: float, high: float, observed: Feature) -> Iterator[Finding]:
    """Yield whether a range excludes nothing, or what the model gave."""
    first, last = quantile(observed, 0.01), quantile(observed, 0.99)
    if first is None or last is None:
        return
    if last > first and not (high - low) <= WIDTHS * (last - first):
        yield Vacuous.finding(
            f"{name}: got {low:g} to {high:g}, {(high - low) / (last - first):.0f} times as wide as 98 % of the "
            f"predictions on the training data ({first:g} to {last:g}); expected at most {WIDTHS:g} times",
            fix="tighten the range: outside it a person looks",
            at=subject.at(f"outputs.{name}"),
        )
    outside = below(observed, low) + above(observed, high)
    if outside > OUTSIDE * observed.n:
        yield TooNarrow.finding(
            f"{name}: got {low:g} to {high:g}; at least {outside / observed.n:.1%} of the predictions on the "
            f"training data lie outside ({observed.min:g} to {observed.max:g}), expected 0.1 % at most",
            fix="widen the range, or find out why the model gives such answers",
            at=subject.at(f"outputs.{name}"),
        )


def _classes(subject: Subject, name: str, output: Output) -> Iterator[Finding]:
    fact = subject.artifacts.get(subject.model or "")
    lists = [each for each in fact.value.vocabularies if each.attribute == "classes_"] if fact else []
    if lists and not any(each.count == len(output.classes) and each.values == output.classes for each in lists):
        longest = max(lists, key=lambda each: each.count)
        yield OtherClasses.finding(
            f"{name}: got {listed(output.classes)}, expected {listed(longest.values)} as {subject.model} says "
            f"({longest.owner}.classes_)",
            fix="copy them from the model, in its order",
            at=subject.at(f"outputs.{name}.classes"),
        )
    elif fact is not None and not lists:
        yield OtherClasses.finding(
            f"{name}: got classes, and {subject.model} has none (no classes_)",
            fix="write `type: number` with `min` and `max`",
            at=subject.at(f"outputs.{name}"),
        )


def _safety(subject: Subject) -> Iterator[Finding]:
    manifest = subject.manifest
    if not manifest.kill_switches:
        yield NoKillSwitch.finding(
            "nothing says when the model must not be asked",
            fix="add: kill_switches: {lost-input: {when: {feature: NAME, op: missing-rate, value: 0.05, window: 5m}, "
            "action: safe-mode}}",
            at=subject.at(""),
        )
    if manifest.breaker is None:
        yield NoBreaker.finding(
            "nothing says when the model is asked no more, and what is answered then",
            fix="add: breaker: {open_after: 5, of_last: 100, fallback: {OUTPUT: VALUE}}",
            at=subject.at(""),
        )
    for name, value in (manifest.breaker.fallback if manifest.breaker else {}).items():
        how = wrong(manifest.outputs[name], value, subject.mean(manifest.outputs[name]))
        if how:
            yield NoBreaker.finding(
                f"the fallback of {name} {how}",
                fix="take an answer that may be given out",
                at=subject.at(f"breaker.fallback.{name}"),
            )
    if manifest.confidence is None:
        yield NoConfidence.finding(
            "no answer says how sure the model is of it",
            fix="give a number with each answer, and add: confidence: {metric: domain-distance, field: NAME, limit: 1}",
            at=subject.at(""),
        )
