"""What following the methods of an object has seen: which attributes are read, set and asked for, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from gatekeeper.artifact.prospects.sources import Source
from gatekeeper.artifact.prospects.values import Constant

Arguments: TypeAlias = "tuple[tuple[str, Constant], ...]"
"""Arguments that are constants, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A place where an attribute is read.

    Attributes:
        attribute: Its name.
        holder: The dotted name of the class of the object that has to have it: "" for the object itself.
        entry: The method from which this place is reached.
        source: The module.
        line: In the module.
        certain: Whether every call of the entry comes by here.
    """

    attribute: str
    holder: str
    entry: str
    source: Source
    line: int
    certain: bool


@dataclass(slots=True, kw_only=True)
class Trace:
    """All that was seen.

    Attributes:
        reads: Where attributes are read.
        provided: Attributes of the object that some method on the way sets.
        established: Those of them that no condition keeps from being set, but for a call that ends early.
        guarded: Holder and attribute: what is asked for by `hasattr`, or read with a default.
        open: Whether attributes are set whose names are computed.
        asked: Names asked of objects that are not known: of each the constant arguments of all its calls; None where
            calls differ, or where it is not called on the spot.
    """

    reads: list[Read] = field(default_factory=list)
    provided: set[str] = field(default_factory=set)
    established: set[str] = field(default_factory=set)
    guarded: set[tuple[str, str]] = field(default_factory=set)
    open: bool = False
    asked: dict[str, Arguments | None] = field(default_factory=dict)

    def ask(self, name: str, arguments: Arguments | None) -> None:
        """Note that some other object is asked for a name."""
        self.asked[name] = arguments if self.asked.get(name, arguments) == arguments else None

    def missing(self) -> Iterator[Read]:
        """Yield the first read of each attribute that nothing on the way provides; a certain one before others."""
        seen = self.guarded | {("", name) for name in self.provided}
        for read in sorted(self.reads, key=lambda each: not each.certain):
            key = (read.holder, read.attribute)
            if key not in seen and not self.open:
                seen.add(key)
                yield read
