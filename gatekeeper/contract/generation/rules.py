"""The rules file of Prometheus: recording rules and alerts, for 2.42 as for 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.contract.generation.alerts import Alert, alerts
from gatekeeper.contract.generation.plan import Plan
from gatekeeper.contract.generation.recording import Recording, recordings
from gatekeeper.contract.generation.yaml_text import Block, Commented, Node, dump

_HEAD: Final = """The rules of {model}, generated from the manifest
{digest}; do not edit them, generate them again.

A bucket's `le` is written as Prometheus 3 spells it, which is how the guard exposes it: 2.42 keeps it so.
No rule relies on `_sum` or `_count`: beside negative values there is none. The bucket at +Inf is the count."""


def rules(planned: Plan) -> str:
    """Return the file."""
    model = planned.manifest.model.name
    groups: list[Node] = [
        {"name": f"gatekeeper {model}: recorded", "rules": [_recorded(each) for each in recordings(planned)]},
        {"name": f"gatekeeper {model}: alerts", "rules": [_alert(planned, each) for each in alerts(planned)]},
    ]
    head = _HEAD.format(model="".join(_ascii(" ".join(model.split()))), digest=planned.digest)
    return dump({"groups": groups}, head)


def _recorded(each: Recording) -> Node:
    rule: Node = {"record": each.name, "expr": Block(each.expr)}
    return Commented(each.comment, rule) if each.comment else rule


def _alert(planned: Plan, alert: Alert) -> Node:
    owner = planned.manifest.owner
    labels = {"severity": alert.severity, "owner": owner.team, "model": planned.manifest.model.name, **alert.labels}
    annotations = {
        "summary": _literal(planned.manifest.model.name) + ": " + alert.about,
        "runbook_url": _literal(owner.runbook),
        "oncall": _literal(owner.oncall),
        "manifest": planned.digest,
    }
    rule: Node = {
        "alert": alert.name,
        "expr": Block(alert.expr),
        "for": alert.hold,
        "labels": {name: _literal(value) for name, value in labels.items()},
        "annotations": annotations,
    }
    return Commented("\n".join(_ascii(alert.comment)), rule) if alert.comment else rule


def _literal(text: str) -> str:
    """Return a text that Prometheus does not take for a template."""
    return text.replace("{{", "{ {")


def _ascii(comment: str) -> Iterator[str]:
    """Yield the lines of a comment; what could end one is shown by its code."""
    for line in comment.split("\n"):
        yield "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in line)
