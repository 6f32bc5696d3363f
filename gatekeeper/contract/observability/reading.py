"""Files read by what is in them: rules, routes, silences or dashboards, alone or in a ConfigMap."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from gatekeeper.contract.observability import json_files, routing, rule_files
from gatekeeper.contract.observability.facts import Deployed
from gatekeeper.contract.observability.nodes import decoded, documents, items, line, pairs, text
from gatekeeper.errors import Unreadable

_EXPECTED = "expected rules, a PrometheusRule, a configuration of Alertmanager, silences or a dashboard"


def read(files: Mapping[str, bytes]) -> Deployed:
    """Return what stands in files, by path.

    Raises:
        Unreadable: a file can't be read whole, or is none of what is known here; with its path.
    """
    found = Deployed()
    for path, data in files.items():
        try:
            found = found.joined(_file(decoded(data), path))
        except Unreadable as error:
            raise error.in_file(path) from error
    return found


def _file(content: str, path: str) -> Deployed:
    if content.lstrip()[:1] in {"{", "["}:
        return _json(content, path)
    found = Deployed()
    for node in documents(content):
        found = found.joined(_document(node, content.splitlines(), path))
    return found


def _json(content: str, path: str) -> Deployed:
    document = json_files.load(content)
    if json_files.is_dashboard(document):
        return Deployed(dashboards=(json_files.dashboard(document, path),))
    if json_files.is_silences(document):
        return Deployed(silences=tuple(json_files.silences(document, path)))
    raise Unreadable(f"is none of what is known; {_EXPECTED}", fix="take it off the list, or export it again")


def _document(node: yaml.Node, lines: list[str], path: str, above: int = 0) -> Deployed:
    if rule_files.is_rules(node):
        rules = tuple(rule_files.rules(node, lines, path, above))
        remarks = tuple((place, each) for place, one in enumerate(lines, 1) if (each := rule_files.comment_of(one)))
        return Deployed(rules=rules, comments={path: remarks})
    if routing.is_routing(node):
        return Deployed(routings=(routing.routing(node, path, above),))
    if text(node, "kind") == "ConfigMap":
        return _config_map(node, path)
    if text(node, "kind") == "List":
        found = Deployed()
        for item in items(node, "items"):
            found = found.joined(_document(item, lines, path, above))
        return found
    what = f"is none of what is known; {_EXPECTED}"
    raise Unreadable(what, fix="take it off the list, or render the template first", line=line(node))


def _config_map(node: yaml.Node, path: str) -> Deployed:
    """Return what the files in a ConfigMap say; their lines are counted from where their text begins."""
    found = Deployed()
    for _, value in pairs(node, "data"):
        content = text(value)
        if content.lstrip()[:1] in {"{", "["}:
            found = found.joined(_json(content, path))
            continue
        for inner in documents(content):
            found = found.joined(_document(inner, content.splitlines(), path, above=line(value)))
    return found
