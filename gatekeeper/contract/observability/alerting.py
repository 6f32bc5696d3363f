"""One generated alert and what became of it: its rule, its routes, and whoever has silenced it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from gatekeeper.contract.observability import matchers
from gatekeeper.contract.observability.effects import Effect, changes
from gatekeeper.contract.observability.facts import Deployed, Difference, Kind, Place, Rule, Silence
from gatekeeper.contract.observability.routing import taken
from gatekeeper.contract.observability.rules import Expression, model_of, named, title

_IDENTITY: Final = ("feature", "output", "switch")
_RANKS: Final = {"critical": 3, "page": 3, "error": 3, "high": 3, "warning": 2, "ticket": 2, "info": 1, "none": 0}
_NO_ACTION: Final = re.compile(r"\bactions?\s*[:=]\s*[\"']?(?:none|no|ignore|nothing)\b", re.IGNORECASE)
_KINDS: Final = {
    Effect.LOOSER: Kind.THRESHOLD_LOOSENED,
    Effect.STRICTER: Kind.STRICTER,
    Effect.MUTED: Kind.MUTED,
    Effect.OTHER: Kind.EXPRESSION_CHANGED,
}


def of_alert(rule: Rule, found: Deployed, now: datetime) -> Iterator[Difference]:
    """Yield what is different about one alert."""
    deployed = _counterpart(rule, found)
    if deployed is None:
        yield _deleted(rule, found)
        return
    yield from _expression(rule, deployed)
    yield from _hold(rule, deployed)
    yield from _labels(rule, deployed)
    yield from _notes(rule, deployed)
    yield from named(rule, deployed)
    labels = {**deployed.labels, "alertname": deployed.name}
    yield from _routes(rule, labels, found)
    yield from _silences(rule, labels, found, now)


def _counterpart(rule: Rule, found: Deployed) -> Rule | None:
    """Return the deployed alert that comes nearest: of the same name and input, with the fewest changes."""
    model = model_of(Expression(rule.expr))
    near: list[tuple[bool, bool, float, int, Rule]] = []
    for each in found.rules:
        if not each.alert or each.name != rule.name:
            continue
        if model_of(Expression(each.expr)) not in {model, None}:
            continue
        equal = Expression(each.expr) == Expression(rule.expr)
        same = all(each.labels.get(name) == rule.labels.get(name) for name in _IDENTITY)
        if equal or same:
            near.append((not equal, not same, each.hold, len(near), each))
    return min(near)[-1] if near else None


def _deleted(rule: Rule, found: Deployed) -> Difference:
    renamed = next(
        (each for each in found.rules if each.alert and Expression(each.expr) == Expression(rule.expr)), None
    )
    what, got, at = "the alert is deleted", "nothing", None
    if renamed is not None:
        what, got, at = "the alert has another name, by which nobody knows it", renamed.name, renamed.at
    else:
        pattern = re.compile(rf"alert\s*:\s*[\"']?{re.escape(rule.name)}\b")
        for path, comments in found.comments.items():
            for line, comment in comments:
                if pattern.search(comment):
                    what, got, at = "the alert is commented out", comment[:120], Place(path, line)
    return Difference(kind=Kind.ALERT_DELETED, of=title(rule), what=what, got=got, expected=rule.expr, at=at)


def _expression(rule: Rule, deployed: Rule) -> Iterator[Difference]:
    expected, got = Expression(rule.expr), Expression(deployed.expr)
    if expected == got:
        return
    found = changes(expected.tree, got.tree) if expected.tree is not None and got.tree is not None else None
    if found is None or any(each.effect is Effect.OTHER for each in found):
        yield Difference(
            kind=Kind.EXPRESSION_CHANGED,
            of=title(rule),
            what="the expression is another one",
            got=deployed.expr,
            expected=rule.expr,
            at=deployed.at,
        )
        return
    for each in found:
        what = {
            Effect.LOOSER: f"the threshold is {each.got}, expected {each.expected}",
            Effect.STRICTER: f"it fires earlier: got {each.got}"
            + (f", {each.expected} is enough" if each.expected else ""),
            Effect.MUTED: f"the expression is muted: {each.got}",
        }[each.effect]
        yield Difference(
            kind=_KINDS[each.effect],
            of=title(rule),
            what=what,
            got=each.got if each.effect is not Effect.MUTED else deployed.expr,
            expected=each.expected if each.effect is not Effect.MUTED else rule.expr,
            at=deployed.at,
            by=each.by,
        )


def _hold(rule: Rule, deployed: Rule) -> Iterator[Difference]:
    if deployed.hold == rule.hold:
        return
    longer = deployed.hold > rule.hold
    yield Difference(
        kind=Kind.HOLD_LONGER if longer else Kind.STRICTER,
        of=title(rule),
        what=f"it must be true for {deployed.hold:g} s, {rule.hold:g} s are {'expected' if longer else 'enough'}",
        got=f"{deployed.hold:g} s",
        expected=f"{rule.hold:g} s",
        at=deployed.at,
        by=abs(deployed.hold - rule.hold),
    )


def _labels(rule: Rule, deployed: Rule) -> Iterator[Difference]:
    expected, got = rule.labels.get("severity", ""), deployed.labels.get("severity", "")
    rank, other = _RANKS.get(expected.lower(), 3), _RANKS.get(got.lower(), -1)
    if got != expected and other != rank:
        higher = other > rank
        yield Difference(
            kind=Kind.STRICTER if higher else Kind.SEVERITY_LOWERED,
            of=title(rule),
            what=f"its severity is {got or 'none'}, expected {expected}",
            got=got or "none",
            expected=expected,
            at=deployed.at,
        )
    for name, value in rule.labels.items():
        if name != "severity" and deployed.labels.get(name) != value:
            yield _label(rule, deployed, f"the label {name}", deployed.labels.get(name), value)
    runbook = rule.annotations.get("runbook_url", "")
    if runbook and deployed.annotations.get("runbook_url") != runbook:
        yield _label(rule, deployed, "the runbook", deployed.annotations.get("runbook_url"), runbook)


def _label(rule: Rule, deployed: Rule, what: str, got: str | None, expected: str) -> Difference:
    return Difference(
        kind=Kind.LABEL_CHANGED,
        of=title(rule),
        what=f"{what} is {got or 'missing'}, expected {expected}",
        got=got or "nothing",
        expected=expected,
        at=deployed.at,
    )


def _notes(rule: Rule, deployed: Rule) -> Iterator[Difference]:
    """Yield what people are told to do about an alert, where that is nothing."""
    said = {**{f"the label {name}": f"{name}: {text}" for name, text in deployed.labels.items()}}
    said |= {f"the annotation {name}": f"{name}: {text}" for name, text in deployed.annotations.items()}
    said["a comment"] = deployed.notes
    for where, text in said.items():
        if match := _NO_ACTION.search(text):
            yield Difference(
                kind=Kind.NO_ACTION,
                of=title(rule),
                what=f"{where} says that nothing is done about it",
                got=match[0],
                expected="nothing of the kind",
                at=deployed.at,
            )


def _routes(rule: Rule, labels: dict[str, str], found: Deployed) -> Iterator[Difference]:
    for routing in found.routings:
        routes = list(taken(routing.route, labels))
        if all(route.receiver in routing.silent for route in routes):
            yield Difference(
                kind=Kind.ROUTED_NOWHERE,
                of=title(rule),
                what=f"Alertmanager gives it to {routes[0].receiver!r}, which tells nobody",
                got=routes[0].receiver,
                expected="a receiver with somebody behind it",
                at=routes[0].at,
            )
        elif all(route.mutes for route in routes if route.receiver not in routing.silent):
            route = next(route for route in routes if route.mutes)
            yield Difference(
                kind=Kind.MUTED_AT_TIMES,
                of=title(rule),
                what=f"Alertmanager is mute about it at times: {', '.join(route.mutes)}",
                got=", ".join(route.mutes),
                expected="at any time",
                at=route.at,
            )
        for each in routing.inhibitions:
            # One that names the same alert tells of it at a higher severity; that is what inhibitions are for.
            if "alertname" not in each.equal and each.target and matchers.match(each.target, labels, unknown=False):
                source = ", ".join(f"{one.label}{one.sign}{one.value}" for one in each.source)
                yield Difference(
                    kind=Kind.INHIBITED,
                    of=title(rule),
                    what=f"it is not told while another alert fires: {source}",
                    got=source,
                    expected="nothing that inhibits it, or `equal: [alertname]`",
                    at=each.at,
                )


def _silences(rule: Rule, labels: dict[str, str], found: Deployed, now: datetime) -> Iterator[Difference]:
    for silence in found.silences:
        if not _is_over(silence, now) and matchers.match(silence.matchers, labels, unknown=True):
            yield Difference(
                kind=Kind.SILENCED,
                of=title(rule),
                what=f"{silence.by or 'somebody'} silenced it until {silence.ends or 'ever'}: {silence.comment[:80]}",
                got=silence.ends or "no end",
                expected="no silence",
                at=silence.at,
            )


def _is_over(silence: Silence, now: datetime) -> bool:
    """Return whether a silence is over. An end that is no time is never reached."""
    if silence.expired:
        return True
    try:
        ends = datetime.fromisoformat(silence.ends)
    except ValueError:
        return False
    return ends.tzinfo is not None and ends < now
