"""Matchers of Alertmanager: as its routes, its inhibitions and its silences have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import yaml

from gatekeeper.contract.observability.facts import Matcher
from gatekeeper.contract.observability.nodes import items, text, texts
from gatekeeper.contract.observability.tokens import unquoted

_WRITTEN: Final = re.compile(r"""\s*,?\s*(\w+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^",}]*)""", re.DOTALL)
_LONGEST: Final = 500
_MOST_REPEATS: Final = 4
"""Repetitions of a pattern beyond which it is not tried: it is taken to match."""


def of_node(node: yaml.Node, prefix: str = "") -> tuple[Matcher, ...]:
    """Return the matchers of a route or an inhibition: the new list, and the two old mappings.

    Args:
        node: the mapping that has them.
        prefix: `source_` or `target_`, for an inhibition.
    """
    found = [Matcher(name, "=", value) for name, value in texts(node, f"{prefix}match").items()]
    found += [Matcher(name, "=~", value) for name, value in texts(node, f"{prefix}match_re").items()]
    for each in items(node, f"{prefix}matchers"):
        found += written(text(each))
    return tuple(found)


def written(line: str) -> Iterator[Matcher]:
    """Yield the matchers of a text such as `severity="none"` or `{a="b", c=~"d.*"}`."""
    inside = line.strip().removeprefix("{").removesuffix("}")
    for label, sign, value in _WRITTEN.findall(inside):
        yield Matcher(label, sign, unquoted(value) if value.startswith('"') else value.strip())


def match(matchers: Iterable[Matcher], labels: Mapping[str, str], *, unknown: bool) -> bool:
    """Return whether an alert is meant.

    Args:
        matchers: all of which must hold.
        labels: those of the alert.
        unknown: whether a label that the rule does not set may have any value; else it is empty.
    """
    return all(_holds(each, labels, unknown=unknown) for each in matchers)


def _holds(matcher: Matcher, labels: Mapping[str, str], *, unknown: bool) -> bool:
    if matcher.label not in labels and unknown:
        return True
    value = labels.get(matcher.label, "")
    equal = _fits(matcher.value, value) if "~" in matcher.sign else value == matcher.value
    return equal is not matcher.sign.startswith("!")


def _fits(pattern: str, value: str) -> bool:
    """Return whether a pattern matches a whole value; one that could take for ever is taken to match."""
    repeats = len(re.findall(r"[*+?{]", pattern))
    if len(pattern) > _LONGEST or repeats > _MOST_REPEATS or re.search(r"\)[*+?{]", pattern):
        return True
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:  # a pattern of Go that Python does not have
        return True
