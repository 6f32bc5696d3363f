"""Batched coordinate ascent: from many records at once, one input at a time, towards the lowest and the highest answer.

A model is a black box here, and a call costs the same for one record as for a thousand; so all moves of all climbers go
into one batch. Coordinate ascent found the negative price of a boosted model that ten thousand uniform records, the
corners of the domain and 300 examples of a property test had missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gatekeeper.contract.probing.space import Axis, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was answered to one record: a value, or why there is none.

    Attributes:
        value: the output; None where there is none.
        refused: why the service refused the record; empty if it did not.
        failed: what was raised; empty if nothing was.
    """

    value: float | str | None = None
    refused: str = ""
    failed: str = ""


Ask: TypeAlias = Callable[[Sequence[Record]], Sequence[Answered]]
"""Answers a batch, one answer a record."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A record, and what was answered to it."""

    record: Record
    answer: Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much is asked: calls with a batch each, records in all of them, and climbers in each direction."""

    calls: int = 40
    records: int = 20_000
    climbers: int = 8


@dataclass(slots=True, kw_only=True)
class Probe:
    """What was asked and found. `lowest` and `highest` are of finite answers, `broken` those that are no number."""

    calls: int = 0
    asked: int = 0
    answered: int = 0
    refused: int = 0
    lowest: Reached | None = None
    highest: Reached | None = None
    broken: list[Reached] = field(default_factory=list)
    failed: list[Reached] = field(default_factory=list)

    def note(self, record: Record, answer: Answered) -> None:
        """Take one answer."""
        self.asked += 1
        reached = Reached(record, answer)
        if answer.failed:
            self.failed.append(reached)
        elif answer.refused:
            self.refused += 1
        else:
            self.answered += 1
            self._rank(reached)

    def _rank(self, reached: Reached) -> None:
        value = number(reached.answer)
        if not math.isfinite(value):
            self.broken.append(reached)
            return
        if self.lowest is None or value < number(self.lowest.answer):
            self.lowest = reached
        if self.highest is None or value > number(self.highest.answer):
            self.highest = reached


def number(answer: Answered) -> float:
    """Return an answer as a number; NaN for what is none."""
    value = answer.value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def probe(space: Sequence[Axis], ask: Ask, starts: Iterable[Record], budget: Budget | None = None) -> Probe:
    """Return the lowest and the highest answer that were found from `starts` on.

    Args:
        space: the domain.
        ask: the model.
        starts: records to begin with: golden ones, corners, scattered ones.
        budget: how much may be asked.
    """
    budget = budget or Budget()
    found = Probe()
    known = _batch(found, ask, list(starts)[: budget.records])
    climbers = _best(known, budget.climbers)
    while climbers and found.calls < budget.calls:
        moves = [(place, move) for place, climber in enumerate(climbers) for move in _moves(space, climber.record)]
        moves = moves[: budget.records - found.asked]
        if not moves:
            break
        reached = _batch(found, ask, [move for _, move in moves])
        climbers = _climbed(climbers, [place for place, _ in moves], reached)
    return found


@dataclass(frozen=True, slots=True)
class _Climber:
    record: Record
    value: float
    sign: int


def _batch(found: Probe, ask: Ask, records: list[Record]) -> list[Reached]:
    if not records:
        return []
    found.calls += 1
    reached = [Reached(record, answer) for record, answer in zip(records, ask(records), strict=True)]
    for each in reached:
        found.note(each.record, each.answer)
    return reached


def _best(known: Sequence[Reached], count: int) -> list[_Climber]:
    ranked = sorted(
        (each for each in known if math.isfinite(number(each.answer))), key=lambda each: number(each.answer)
    )
    down = [_Climber(each.record, number(each.answer), -1) for each in ranked[:count]]
    up = [_Climber(each.record, number(each.answer), 1) for each in ranked[::-1][:count]]
    return down + up


def _moves(space: Sequence[Axis], record: Record) -> list[Record]:
    return [{**record, axis.name: value} for axis in space for value in axis.values if value != record.get(axis.name)]


def _climbed(climbers: list[_Climber], owners: Sequence[int], reached: Sequence[Reached]) -> list[_Climber]:
    """Return where those that got farther are now. Two that meet go on as one."""
    best = dict(enumerate(climbers))
    for owner, each in zip(owners, reached, strict=True):
        value, climber = number(each.answer), best[owner]
        if math.isfinite(value) and value * climber.sign > climber.value * climber.sign:
            best[owner] = _Climber(each.record, value, climber.sign)
    moved = [climber for place, climber in best.items() if climber is not climbers[place]]
    return list({(climber.sign, repr(sorted(climber.record.items()))): climber for climber in moved}.values())
