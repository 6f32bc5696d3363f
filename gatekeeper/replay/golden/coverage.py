"""The smallest change that a golden set detects: what it can't see is not proved by its passing."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gatekeeper.replay.golden import values
from gatekeeper.replay.golden.describing import is_float, specs
from gatekeeper.replay.golden.facts import ANY, Golden, OutputSpec
from gatekeeper.replay.golden.keys import is_missing, is_number, key
from gatekeeper.replay.golden.tolerance import Rule, rule
from gatekeeper.replay.observed import Value

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputCoverage:
    """What a change of one output must be to be found.

    Attributes:
        name: its name.
        records: how many have it.
        relative: the smallest change by one factor of all its numbers (0.01 for 1 %) that is found; None where it has
            no number but 0, so that no factor changes it.
        shift: the smallest number that, added to all of them, is found; None where it has no number.
        share: of requests: a change that is confined to so many of them is found with a probability of 95 %, if the
            records are like the requests.
    """

    name: str
    records: int
    relative: float | None
    shift: float | None
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCoverage:
    """What of one input the records have.

    Attributes:
        name: its name.
        varies: whether it has two values at least.
        missing: whether a record has none, or null or NaN.
        zero: whether a record has 0; None where it is no number.
        unknown: whether a record has a category that is not in the vocabulary; None where there is no vocabulary.
        empty_bins: the ranges between the given edges, from and to, without a record; of `bins` in all.
        absent: the categories of the vocabulary without a record; of `categories` in all.
    """

    name: str
    varies: bool
    missing: bool
    zero: bool | None
    unknown: bool | None
    empty_bins: tuple[tuple[float, float], ...] = ()
    bins: int = 0
    absent: tuple[str, ...] = ()
    categories: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a golden set covers."""

    records: int
    outputs: tuple[OutputCoverage, ...]
    inputs: tuple[InputCoverage, ...]

    @property
    def never_vary(self) -> tuple[str, ...]:
        """The inputs that are the same in all records."""
        return tuple(each.name for each in self.inputs if not each.varies)


def coverage(
    golden: Golden,
    *,
    edges: Mapping[str, Sequence[float]] | None = None,
    vocabularies: Mapping[str, Sequence[str]] | None = None,
) -> Coverage:
    """Return what a golden set covers.

    Args:
        golden: The set.
        edges: By input, the ascending edges of the bins in which the training data lie.
        vocabularies: By input, the categories that there are.
    """
    edges, vocabularies = edges or {}, vocabularies or {}
    names = dict.fromkeys(name for each in golden.records for name in each.inputs)
    return Coverage(
        records=len(golden.records),
        outputs=tuple(_output(golden, name, spec) for name, spec in specs(golden).items()),
        inputs=tuple(_input(golden, name, edges.get(name), vocabularies.get(name)) for name in names),
    )


def found_share(records: int) -> float:
    """Return the share of requests that a change must reach to be found with 95 % by so many independent records."""
    return 1.0 - (1.0 - CONFIDENCE) ** (1.0 / records) if records else 1.0


def _output(golden: Golden, name: str, spec: OutputSpec) -> OutputCoverage:
    held = [each.outputs[name] for each in golden.records if each.outputs and name in each.outputs]
    allowed = rule(spec)
    relative, shift = zip(*(_smallest(each, allowed) for each in held), strict=True) if held else ((), ())
    return OutputCoverage(
        name=name,
        records=len(held),
        relative=_least(relative),
        shift=_least(shift),
        share=found_share(len(held)),
    )


def _least(found: Iterable[float | None]) -> float | None:
    return min((each for each in found if each is not None), default=None)


def _smallest(value: Value, allowed: Rule) -> tuple[float | None, float | None]:
    """Return the smallest factor and shift that break the rule in one element of a value at least."""
    if value.dtype in {ANY, "text", "bool", "null"}:
        return None, None
    numbers = [each for each in values.exact(value) if is_number(each)]
    if not numbers:
        return None, None
    if not is_float(value.dtype):
        largest = max(map(abs, numbers))
        return (_share(1, largest) if largest else None), 1.0
    sizes = [abs(each) for each in numbers]
    # the largest number needs the smallest factor, and the smallest number the smallest shift
    return (_share(allowed.limit(max(sizes)), max(sizes)) if max(sizes) else None), allowed.limit(min(sizes))


def _share(part: float, whole: float) -> float:
    try:
        return part / whole
    except OverflowError:
        return math.inf


def _input(golden: Golden, name: str, edges: Sequence[float] | None, vocabulary: Sequence[str] | None) -> InputCoverage:
    held = [each.inputs.get(name) for each in golden.records]
    numbers = [each for each in held if is_number(each)]
    texts = {each for each in held if isinstance(each, str)}
    bins = list(pairwise(edges or ()))
    filled = {_bin(each, edges) for each in numbers} if edges and bins else set()
    known = list(dict.fromkeys(vocabulary or ()))
    return InputCoverage(
        name=name,
        varies=len({key(each) for each in held}) > 1,
        missing=any(map(is_missing, held)),
        zero=any(each == 0 for each in numbers) if numbers else None,
        unknown=None if vocabulary is None else bool(texts - set(known)),
        empty_bins=tuple(each for place, each in enumerate(bins) if place not in filled),
        bins=len(bins),
        absent=tuple(each for each in known if each not in texts),
        categories=len(known),
    )


def _bin(number: float, edges: Sequence[float]) -> int:
    """Return the bin that a number lies in; the last one has its upper edge, and what lies outside is in none."""
    if number == edges[-1]:
        return len(edges) - 2
    return bisect_right(edges, number) - 1 if edges[0] <= number < edges[-1] else -1


def sentences(found: Coverage) -> tuple[str, ...]:
    """Return what stands beside a pass: a line each, for what the set can't see."""
    told = [_sentence(each) for each in found.outputs]
    if found.never_vary:
        told.append(f"never vary: {_listed(found.never_vary)}")
    for each in found.inputs:
        gaps = [f"{len(each.empty_bins)} of {each.bins} ranges"] if each.empty_bins else []
        gaps += [f"{len(each.absent)} of {each.categories} categories ({_listed(each.absent)})"] if each.absent else []
        gaps += [] if each.missing else ["a missing value"]
        gaps += ["an unknown category"] if each.unknown is False else []
        if gaps:
            told.append(f"{each.name}: no record has {', '.join(gaps)}")
    return tuple(told)


def _sentence(each: OutputCoverage) -> str:
    parts = [f"a change by {each.relative:.2g} of itself"] if each.relative is not None else []
    parts += [f"a shift by {each.shift:.2g}"] if each.shift is not None else []
    what = " or ".join(parts) or "any change"
    share = f"if it meets {each.share:.1%} of requests, with 95 % probability" if each.records else "no record has it"
    return f"{each.name}: finds {what}; {share} ({each.records} records)"


def _listed(names: Sequence[Any], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(str(each)[:60] for each in names[:most]) + more
