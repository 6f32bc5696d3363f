"""Rules of Prometheus: plain files, PrometheusRule of Kubernetes, and both in a ConfigMap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml

from gatekeeper.contract.observability.facts import Group, Place, Rule
from gatekeeper.contract.observability.nodes import child, items, line, text, texts
from gatekeeper.contract.observability.tokens import NotPromQL, seconds
from gatekeeper.errors import Unreadable


def is_rules(node: yaml.Node) -> bool:
    """Return whether a document holds rules."""
    return child(node, "groups") is not None or text(node, "kind") == "PrometheusRule"


def rules(node: yaml.Node, lines: Sequence[str], path: str, above: int = 0) -> Iterator[Rule]:
    """Yield the rules of a document.

    Args:
        node: the document.
        lines: those of the file, for the comments.
        path: the file's name.
        above: how many lines stand above the document, where it is a text within another.

    Raises:
        Unreadable: a group or a rule is none.
    """
    where = ("spec", "groups") if text(node, "kind") == "PrometheusRule" else ("groups",)
    for group in items(node, *where):
        at = Place(path, line(group) + above)
        described = Group(
            name=text(group, "name"),
            interval=_duration(group, "interval", at),
            limit=_whole(text(group, "limit")),
            at=at,
        )
        found = items(group, "rules")
        for place, rule in enumerate(found):
            after = found[place + 1] if place + 1 < len(found) else None
            yield _rule(rule, described, _notes(lines, rule, after), Place(path, line(rule) + above))


def _rule(rule: yaml.Node, group: Group, notes: str, at: Place) -> Rule:
    alert, record = text(rule, "alert"), text(rule, "record")
    if bool(alert) is bool(record) or not text(rule, "expr"):
        raise Unreadable(
            "a rule without a name or an expression",
            fix="write `alert:` or `record:`, and `expr:`; see `promtool check rules`",
            line=at.line,
        )
    return Rule(
        name=alert or record,
        alert=bool(alert),
        expr=text(rule, "expr"),
        group=group,
        at=at,
        hold=_duration(rule, "for", at) or 0.0,
        labels=texts(rule, "labels"),
        annotations=texts(rule, "annotations"),
        notes=notes,
    )


def _duration(node: yaml.Node, key: str, at: Place) -> float | None:
    written = text(node, key)
    if not written:
        return None
    try:
        return seconds(written)
    except NotPromQL as error:
        raise Unreadable(f"{key}: {error}", fix="see `promtool check rules`", line=at.line) from error


def _whole(written: str) -> int:
    return int(written) if re.fullmatch(r"\d{1,9}", written) else 0


def _notes(lines: Sequence[str], rule: yaml.Node, after: yaml.Node | None) -> str:
    """Return the comments directly above a rule and in it, up to those above the next one."""
    start = _with_comments(lines, line(rule) - 1)
    end = _with_comments(lines, line(after) - 1) if after is not None else int(rule.end_mark.line)
    found = [comment for each in lines[start:end] if (comment := comment_of(each))]
    return "\n".join(found)


def _with_comments(lines: Sequence[str], first: int) -> int:
    """Return the first of the comment lines that stand directly above a line."""
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first


def comment_of(written: str) -> str:
    """Return what stands behind a `#` in a line; one in quotes counts too, for what it says is read by people."""
    match = re.search(r"(?:^|\s)#(.*)$", written)
    return match[1].strip() if match else ""
