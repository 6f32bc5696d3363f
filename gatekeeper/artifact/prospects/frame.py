"""One function while it is followed, and how a block of it can end."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gatekeeper.artifact.prospects.classes import Class
from gatekeeper.artifact.prospects.sources import Source
from gatekeeper.artifact.prospects.values import Value


class Flow(enum.Enum):
    """How a block ends."""

    GOES_ON = enum.auto()
    MAY_RETURN = enum.auto()
    RETURNS = enum.auto()
    RAISES = enum.auto()


_ENDS = (Flow.RETURNS, Flow.RAISES)


def either(first: Flow, second: Flow) -> Flow:
    """Return how a statement ends that ends in one of two ways. A call that raises comes to no later line anyway."""
    if first is second:
        return first
    if Flow.RAISES in (first, second):
        return second if first is Flow.RAISES else first
    return Flow.MAY_RETURN


def ends(flow: Flow) -> bool:
    """Whether no statement follows in this block."""
    return flow in _ENDS


@dataclass(slots=True, kw_only=True)
class Frame:
    """A function being followed.

    Attributes:
        source: Its module.
        owner: The class that defines it; None for a function of the module.
        values: What is known of its variables.
        certain: Whether every call of the entry comes by here.
        direct: Whether no condition stands between the entry and here, but for those that end a call early.
        guarded: Whether an AttributeError would be caught.
        depth: How many calls lie between the entry and here.
    """

    source: Source
    owner: Class | None
    values: dict[str, Value]
    certain: bool
    direct: bool
    guarded: bool
    depth: int

    def branch(self, *, guarded: bool = False) -> Frame:
        """Return the frame of a branch that is perhaps not taken."""
        return replace(self, values=dict(self.values), certain=False, direct=False, guarded=self.guarded or guarded)

    @property
    def standing(self) -> tuple[bool, bool, bool]:
        """What a call inherits of the way to here."""
        return self.certain, self.direct, self.guarded

    def call(self, source: Source, owner: Class | None, values: dict[str, Value]) -> Frame:
        """Return the frame of a function that is called from here."""
        return replace(self, source=source, owner=owner, values=values, depth=self.depth + 1)

    def forget(self, body: Iterable[ast.AST]) -> None:
        """Forget the variables that statements bind: in a loop, the second round sees what the first one left."""
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    self.values.pop(node.id, None)
