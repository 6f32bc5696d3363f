"""What a deployed expression does otherwise than the one that was generated: whether it fires less, or more.

Only what is certain is called stricter. Everything that can't be told is another expression.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gatekeeper.contract.observability.trees import COMPARISONS, Tree


class Effect(enum.Enum):
    """What a change does to an alert."""

    LOOSER = "looser"
    """A threshold is farther away."""
    STRICTER = "stricter"
    MUTED = "muted"
    """It fires less often, or never, for a reason that was added."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its effect, and what stands where.

    Attributes:
        by: how far a threshold was moved.
    """

    effect: Effect
    got: str
    expected: str
    by: float | None = None


_OTHER: Final = Change(Effect.OTHER, "", "")
_MONOTONE: Final = {"sum", "count", "max"}


def changes(expected: Tree, got: Tree) -> list[Change]:
    """Return what was changed; nothing where both mean the same."""
    if expected == got:
        return []
    if is_never(got):
        return [Change(Effect.MUTED, "an expression that is never true", "")]
    for found in (_inside(expected, got), _more(expected, got), _less(expected, got)):
        if found is not None:
            return found
    return [_OTHER]


def _inside(expected: Tree, got: Tree) -> list[Change] | None:
    """Return the changes of two expressions of the same build; None if there is one that can't be told."""
    found = list(_walk(expected, got, rising=True))
    return None if _OTHER in found else found


def _more(expected: Tree, got: Tree) -> list[Change] | None:
    """Return what a part that was added does, beside what was changed in the rest; None if that is not all."""
    if got.sign not in {"and", "unless", "or"}:
        return None
    left, right = got.parts
    if got.sign == "or" and right == expected:
        left, right = right, left
    inside = _inside(expected, left)
    if inside is None:
        inside = _more(expected, left)
    if inside is None:
        return None
    if got.sign == "or":
        return [*inside, Change(Effect.STRICTER, "an `or` more", "")]
    if got.sign == "unless" and is_never(right):
        return inside
    return [*inside, Change(Effect.MUTED, f"`{got.sign}` more", "")]


def _less(expected: Tree, got: Tree) -> list[Change] | None:
    """Return what a part that was taken away did."""
    if expected.sign in {"and", "unless"} and got == expected.parts[0]:
        return [Change(Effect.STRICTER, f"an `{expected.sign}` less", "")]
    if expected.sign == "or" and got in expected.parts:
        return [Change(Effect.MUTED, "an `or` less", "")]
    return None


def _walk(expected: Tree, got: Tree, *, rising: bool) -> Iterator[Change]:
    """Yield the changes of two trees; `rising` says whether more of this part is more alerts."""
    if expected == got:
        return
    if expected.sign in COMPARISONS and got.sign in COMPARISONS and expected.head[2:] == got.head[2:]:
        yield from _compared(expected, got, rising=rising)
    elif expected.head == got.head and len(expected.parts) == len(got.parts) and _is_followed(expected):
        for place, (before, after) in enumerate(zip(expected.parts, got.parts, strict=True)):
            yield from _walk(before, after, rising=rising is not (expected.sign == "unless" and place == 1))
    else:
        yield _OTHER


def _is_followed(tree: Tree) -> bool:
    """Return whether more of a part is more of the whole."""
    if tree.head[0] == "aggregate":
        return tree.head[1] in _MONOTONE
    return tree.sign in {"and", "or", "unless", "+", "*"}


def _compared(expected: Tree, got: Tree, *, rising: bool) -> Iterator[Change]:
    """Yield how a comparison was changed: its operator, its threshold, or what is compared."""
    upward = expected.sign in {">", ">="}
    if expected.sign[0] != got.sign[0] or expected.sign not in {">", ">=", "<", "<="}:
        yield _OTHER
        return
    if expected.sign != got.sign:
        effect = Effect.STRICTER if (got.sign[-1] == "=") is rising else Effect.LOOSER
        yield Change(effect, got.sign, expected.sign, 0.0)
    (left, right), (other_left, other_right) = expected.parts, got.parts
    if left != other_left:
        if not upward or right.number is None:
            yield _OTHER
            return
        yield from _walk(left, other_left, rising=rising)
    if right == other_right:
        return
    before, after = _factor(right), _factor(other_right)
    if before is None or after is None or before[1] != after[1] or math.isnan(after[0]):
        yield _OTHER
        return
    farther = (after[0] > before[0]) is upward
    effect = Effect.LOOSER if farther is rising else Effect.STRICTER
    yield Change(effect, f"{after[0]:g}", f"{before[0]:g}", abs(after[0] - before[0]))


def _factor(tree: Tree) -> tuple[float, Tree | None] | None:
    """Return the number of a threshold, and what it is a multiple of (in what is generated: never negative)."""
    if tree.number is not None:
        return tree.number, None
    if tree.sign == "*":
        for factor, rest in (tree.parts, tree.parts[::-1]):
            if factor.number is not None:
                return factor.number, rest
    return None


def is_never(tree: Tree) -> bool:
    """Return whether an expression has no value whatever the metrics are, as far as constants tell."""
    if tree.sign in COMPARISONS and not tree.head[2]:
        left, right = _constant(tree.parts[0]), _constant(tree.parts[1])
        if left is not None and right is not None:
            return not _holds(tree.sign, left, right)
        return any(is_never(part) for part in tree.parts)
    if tree.sign == "and":
        return any(is_never(part) for part in tree.parts)
    if tree.sign == "or":
        return all(is_never(part) for part in tree.parts)
    if tree.sign == "unless":
        return is_never(tree.parts[0]) or tree.parts[0] == tree.parts[1]
    if tree.head[:2] == ("call", "absent"):
        return _constant(tree.parts[0]) is not None if tree.parts else False
    return False


def _constant(tree: Tree) -> float | None:
    if tree.head == ("call", "vector") and len(tree.parts) == 1:
        return tree.parts[0].number
    return tree.number


def _holds(sign: str, left: float, right: float) -> bool:
    match sign:
        case ">":
            return left > right
        case "<":
            return left < right
        case ">=":
            return left >= right
        case "<=":
            return left <= right
        case "==":
            return left == right
        case _:
            return left != right
