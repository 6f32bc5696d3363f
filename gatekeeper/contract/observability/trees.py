"""PromQL as trees that are equal where two expressions mean the same.

What makes no difference is gone: white space, parentheses, the order of labels and matchers, the spelling of numbers
and durations, on which side of a comparison a number stands, and the order of what is added or multiplied.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from gatekeeper.contract.observability.tokens import NotPromQL, Token, seconds, tokens

Head: TypeAlias = tuple[object, ...]

DEEPEST: Final = 100
"""Levels of an expression."""
AGGREGATIONS: Final = frozenset(
    {
        *("sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "topk", "bottomk", "count_values"),
        *("quantile", "limitk", "limit_ratio"),
    }
)
_LEVELS: Final = ("or", "and unless", "== != > < >= <=", "+ -", "* / % atan2", "^")
_POWERS: Final = {sign: power for power, signs in enumerate(_LEVELS, start=1) for sign in signs.split()}
COMPARISONS: Final = {"==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}
"""Each comparison, and what it is with its sides swapped."""
_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


@dataclass(frozen=True, slots=True)
class Tree:
    """One expression: what it is, and of which others it is made.

    The first of `head` is its kind: number, text, selector, range, offset, at, call, aggregate or binary.
    """

    head: Head
    parts: tuple[Tree, ...] = ()

    @property
    def kind(self) -> str:
        """What it is."""
        return str(self.head[0])

    @property
    def number(self) -> float | None:
        """The number that it is, if it is one."""
        value = self.head[1] if self.head[0] == "number" else None
        return value if isinstance(value, float) else None

    @property
    def sign(self) -> str:
        """The operator of a binary expression; empty for others."""
        return str(self.head[1]) if self.head[0] == "binary" else ""


def parse(expression: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        NotPromQL: it is none, or is nested too deeply.
    """
    parser = _Parser(tokens(expression))
    tree = parser.expression(0)
    parser.end()
    return tree


def metrics(tree: Tree) -> Iterator[str]:
    """Yield the name of every metric that an expression selects, as often as it does."""
    if tree.head[0] == "selector" and tree.head[1]:
        yield str(tree.head[1])
    for part in tree.parts:
        yield from metrics(part)


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self.words, self.place, self.depth = words, 0, 0

    def end(self) -> None:
        if self.place < len(self.words):
            raise NotPromQL(f"got {self.words[self.place].text[:20]!r}, expected the end")

    def peek(self, ahead: int = 0) -> Token:
        place = self.place + ahead
        return self.words[place] if place < len(self.words) else Token("end", "")

    def take(self) -> Token:
        word = self.peek()
        self.place += 1
        return word

    def is_sign(self, text: str) -> bool:
        word = self.peek()
        return word.kind == "sign" and word.text == text

    def skip(self, text: str) -> bool:
        if self.is_sign(text):
            self.place += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.skip(text):
            raise NotPromQL(f"got {self.peek().text[:20]!r}, expected {text!r}")

    def word(self) -> str:
        """Return the next word in lower case if it is a name: PromQL's own words are of any case."""
        word = self.peek()
        return word.text.lower() if word.kind == "name" else ""

    def expression(self, least: int) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotPromQL(f"is nested deeper than {DEEPEST} levels")
        left = self.unary()
        while True:
            sign = self.peek().text.lower() if self.peek().kind in {"sign", "name"} else ""
            power = _POWERS.get(sign, 0)
            if not power or power <= least - (sign == "^"):
                self.depth -= 1
                return left
            self.take()
            is_bool, matching, group = self.modifiers()
            right = self.expression(power)
            left = binary(sign, left, right, is_bool=is_bool, matching=matching, group=group)

    def modifiers(self) -> tuple[bool, Head, Head]:
        """Return whether it is `bool`, which labels are matched, and which side has many."""
        is_bool = self.word() == "bool"
        self.place += is_bool
        matching: Head = ()
        group: Head = ()
        if self.word() in {"on", "ignoring"}:
            kind = self.take().text.lower()
            labels = self.labels()
            matching = () if kind == "ignoring" and not labels else (kind, labels)
        if self.word() in {"group_left", "group_right"}:
            kind = self.take().text.lower()
            group = (kind, self.labels() if self.is_sign("(") else ())
        return is_bool, matching, group

    def labels(self) -> tuple[str, ...]:
        self.expect("(")
        found = []
        while not self.skip(")"):
            word = self.take()
            if word.kind not in {"name", "text"}:
                raise NotPromQL(f"got {word.text[:20]!r}, expected a label")
            found.append(word.text)
            self.skip(",")
        return tuple(sorted(set(found)))

    def unary(self) -> Tree:
        if self.skip("+"):
            return self.unary()
        if self.skip("-"):
            inside = self.expression(5)
            value = inside.number
            return number(-value) if value is not None else Tree(("negative",), (inside,))
        return self.postfix(self.atom())

    def atom(self) -> Tree:
        if self.skip("("):
            inside = self.expression(0)
            self.expect(")")
            return inside
        word = self.peek()
        if word.kind == "number":
            self.take()
            return number(float(int(word.text, 16)) if word.text.lower().startswith("0x") else float(word.text))
        if word.kind == "text":
            return Tree(("text", self.take().text))
        if word.kind == "variable":
            return Tree(("variable", self.take().text))
        if word.kind == "name":
            return self.named()
        if self.is_sign("{"):
            return self.selector("")
        raise NotPromQL(f"got {word.text[:20]!r}, expected an expression")

    def named(self) -> Tree:
        name = self.take().text
        lower = name.lower()
        if lower in {"inf", "nan"} and not self.is_sign("{"):
            return number(float(lower))
        if lower in AGGREGATIONS and (self.is_sign("(") or self.word() in {"by", "without"}):
            return self.aggregation(lower)
        if self.is_sign("("):
            return Tree(("call", name), self.arguments())
        return self.selector(name)

    def aggregation(self, name: str) -> Tree:
        grouping: Head = ()
        if self.word() in {"by", "without"}:
            grouping = (self.take().text.lower(), self.labels())
        arguments = self.arguments()
        if not grouping and self.word() in {"by", "without"}:
            grouping = (self.take().text.lower(), self.labels())
        return Tree(("aggregate", name, () if grouping == ("by", ()) else grouping), arguments)

    def arguments(self) -> tuple[Tree, ...]:
        self.expect("(")
        found = []
        while not self.skip(")"):
            found.append(self.expression(0))
            if not self.skip(",") and not self.is_sign(")"):
                raise NotPromQL(f"got {self.peek().text[:20]!r}, expected ')'")
        return tuple(found)

    def selector(self, name: str) -> Tree:
        matchers = set()
        if self.skip("{"):
            while not self.skip("}"):
                label, sign, value = self.take().text, self.take().text, self.take()
                if value.kind != "text" or sign not in {"=", "!=", "=~", "!~"}:
                    raise NotPromQL(f"got {label[:20]}{sign[:20]}, expected a matcher")
                plain = re.fullmatch(r"[\w ,:/-]*", value.text) is not None  # a pattern that is the text itself
                matchers.add(
                    (label, sign.replace("~", "") if sign == "!~" and plain else _plain(sign, plain), value.text)
                )
                self.skip(",")
        for matcher in [each for each in matchers if each[0] == "__name__" and each[1] == "="]:
            name = matcher[2]
            matchers.discard(matcher)
        return Tree(("selector", name, tuple(sorted(matchers))))

    def postfix(self, tree: Tree) -> Tree:
        while True:
            if self.skip("["):
                tree = self.range(tree)
            elif self.word() == "offset":
                self.take()
                sign = -1 if self.skip("-") else 1
                tree = Tree(("offset", self.duration(sign)), (tree,))
            elif self.skip("@"):
                tree = Tree(("at",), (tree, self.atom()))
            else:
                return tree

    def range(self, tree: Tree) -> Tree:
        length = self.duration()
        if self.skip(":"):
            step = "" if self.is_sign("]") else self.duration()
            self.expect("]")
            return Tree(("subquery", length, step), (tree,))
        self.expect("]")
        return Tree(("range", length), (tree,))

    def duration(self, sign: int = 1) -> float | str:
        word = self.take()
        if word.kind == "variable":
            return word.text
        if word.kind == "number":
            return sign * float(word.text)
        return sign * float(seconds(word.text))


def _plain(sign: str, plain: bool) -> str:  # noqa: FBT001 - said by its caller
    return "=" if sign == "=~" and plain else sign


def number(value: float) -> Tree:
    """Return a number as a tree; there is one NaN and one zero."""
    return Tree(("number", math.nan if math.isnan(value) else value + 0.0))


def binary(sign: str, left: Tree, right: Tree, *, is_bool: bool = False, matching: Head = (), group: Head = ()) -> Tree:
    """Return two expressions with an operator between, in the one order that stands for all that mean the same."""
    a, b = left.number, right.number
    if a is not None and b is not None and sign in _ARITHMETIC:
        return number(_ARITHMETIC[sign](a, b))
    if sign in COMPARISONS and a is not None and b is None:
        sign, left, right = COMPARISONS[sign], right, left
    if sign in {"+", "*"} and not group and repr(right) < repr(left):
        left, right = right, left
    return Tree(("binary", sign, is_bool, matching, group), (left, right))
