"""What alerts and recorded series have in common: expressions that compare, and how often a group is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from gatekeeper.contract.observability.facts import Difference, Kind, Rule
from gatekeeper.contract.observability.tokens import NotPromQL
from gatekeeper.contract.observability.trees import Tree, parse

LATEST: Final = 300.0
"""Seconds between two evaluations beyond which a series is stale before the next one."""


@lru_cache(maxsize=4096)
def _tree(written: str) -> Tree | None:
    try:
        return parse(written)
    except NotPromQL:
        return None


class Expression:
    """An expression as a tree, or where it is none that is understood, as its words."""

    __slots__ = ("text", "tree")

    def __init__(self, written: str) -> None:
        self.text = " ".join(written.split())
        self.tree = _tree(written)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return self.tree == other.tree if self.tree is not None and other.tree is not None else self.text == other.text

    def __hash__(self) -> int:
        return hash(self.tree if self.tree is not None else self.text)


def model_of(expression: Expression) -> str | None:
    """Return the model that the first selector with such a label names; None where none does."""
    return _model(expression.tree) if expression.tree is not None else None


def _model(tree: Tree) -> str | None:
    if tree.kind == "selector" and isinstance(tree.head[2], tuple):
        for matcher in tree.head[2]:
            if matcher[:2] == ("model", "="):
                return str(matcher[2])
    return next((model for part in tree.parts if (model := _model(part)) is not None), None)


def title(rule: Rule) -> str:
    """Return how an alert is told from others of its name."""
    own = [f"{name}={rule.labels[name]}" for name in ("feature", "output", "switch") if name in rule.labels]
    return " ".join([rule.name, *own])


def named(expected: Rule, got: Rule) -> Iterator[Difference]:
    """Yield what the group of a deployed rule does to it."""
    group = got.group
    if group.interval is not None and group.interval > max(LATEST, expected.group.interval or 0.0):
        yield Difference(
            kind=Kind.EVALUATED_LATE,
            of=title(expected),
            what=f"its group is evaluated every {group.interval:g} s; between two times the series is gone",
            got=f"{group.interval:g} s",
            expected=f"at most {LATEST:g} s",
            at=group.at,
        )
    if group.limit and not expected.group.limit:
        yield Difference(
            kind=Kind.LIMITED,
            of=title(expected),
            what=f"its group may have {group.limit} series; with more the rule fails",
            got=str(group.limit),
            expected="no limit",
            at=group.at,
        )
