"""What a run is evidence for, in the words of three frameworks. It says what was examined; it certifies nothing.

An item counts only as far as the checks behind it stand: the tables of `frameworks` say which those are.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatekeeper.model import Result
from gatekeeper.report.signoff.frameworks import FRAMEWORKS, Item
from gatekeeper.report.summary import failed, stands


class State(enum.StrEnum):
    """What this run is to one item."""

    EVIDENCED = "evidenced"
    IN_PART = "in part"
    FAILED = "failed"
    OPEN = "not proved"
    NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """An item and what this run is to it."""

    item: Item
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework with what this run is to each of its items. `source` is where the items are defined."""

    id: str
    title: str
    source: str
    items: tuple[Covered, ...]

    def count(self, *states: State) -> int:
        """Return how many items are in one of these states."""
        return sum(each.state in states for each in self.items)


def frameworks(results: Sequence[Result]) -> tuple[Framework, ...]:
    """Return the three frameworks, item by item."""
    by_id = {result.id: result for result in results if result.provider.builtin}
    return tuple(
        Framework(
            id=table.id,
            title=table.title,
            source=table.source,
            items=tuple(Covered(item=each, state=_state(each, by_id)) for each in table.items),
        )
        for table in FRAMEWORKS
    )


def _state(item: Item, results: Mapping[str, Result]) -> State:
    if not item.checks:
        return State.NOT_COVERED
    found = [results.get(check) for check in item.checks]
    if any(each is not None and failed(each) for each in found):
        return State.FAILED
    if not all(each is not None and stands(each) for each in found):
        return State.OPEN
    waived = any(each is not None and each.waived for each in found)
    return State.IN_PART if item.in_part or waived else State.EVIDENCED
