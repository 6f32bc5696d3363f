"""Many parts of a box at once, for nets: part of each interval, and some of the single values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.box import Value
from gatekeeper.contract.bounds.domains import Domain, applied
from gatekeeper.contract.bounds.structure import Structure

Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Parts of a box, one a row.

    Attributes:
        low: the least number of each domain; above `high` where a part has none.
        high: the largest one.
        image_low: the features at the least numbers.
        image_high: the features at the largest ones.
        single: of each domain, which single values a part has (parts x values).
    """

    low: Numbers
    high: Numbers
    image_low: Numbers
    image_high: Numbers
    single: tuple[NDArray[np.bool_], ...]

    def __len__(self) -> int:
        return len(self.low)

    def taken(self, which: NDArray[np.intp]) -> Boxes:
        """Return some of the parts."""
        return Boxes(
            self.low[which],
            self.high[which],
            self.image_low[which],
            self.image_high[which],
            tuple(each[which] for each in self.single),
        )


def whole(domains: tuple[Domain, ...]) -> Boxes:
    """Return the whole box as one part."""
    width = sum(len(each.features) for each in domains)
    images = np.zeros((2, 1, width))
    ends = np.empty((2, 1, len(domains)))
    for place, domain in enumerate(domains):
        ends[:, 0, place] = (np.inf, -np.inf) if domain.ends is None else domain.ends
        if domain.ends is not None:
            images[:, 0, domain.features] = domain.image
    single = tuple(np.ones((1, len(each.table)), bool) for each in domains)
    return Boxes(ends[0], ends[1], images[0], images[1], single)


def joined(parts: list[Boxes]) -> Boxes:
    """Return the parts of all."""
    return Boxes(
        np.concatenate([each.low for each in parts]),
        np.concatenate([each.high for each in parts]),
        np.concatenate([each.image_low for each in parts]),
        np.concatenate([each.image_high for each in parts]),
        tuple(np.concatenate(each) for each in zip(*(each.single for each in parts), strict=True)),
    )


def least(domains: tuple[Domain, ...], boxes: Boxes, weights: Numbers) -> Numbers:
    """Return the least of `weights @ features` in each part (parts x rows), for weights of all or of each part."""
    spread = _by_domain(domains, boxes, weights, largest=False)
    return np.asarray(sum(spread[1:], spread[0]))


def widths(domains: tuple[Domain, ...], boxes: Boxes, weights: Numbers) -> Numbers:
    """Return by how much each domain moves `weights @ features` in each part (parts x domains), for one row."""
    low = _by_domain(domains, boxes, weights, largest=False)
    high = _by_domain(domains, boxes, -weights, largest=False)
    return np.stack([-each[:, 0] - other[:, 0] for each, other in zip(high, low, strict=True)], axis=1)


def _by_domain(domains: tuple[Domain, ...], boxes: Boxes, weights: Numbers, *, largest: bool) -> list[Numbers]:
    assert not largest
    held = weights if weights.ndim == 3 else weights[None]
    found = []
    for place, domain in enumerate(domains):
        here = held[:, :, domain.features]
        value = np.full((len(boxes), held.shape[1]), np.inf)
        if domain.ends is not None:
            low, high = (each[:, None, domain.features] for each in (boxes.image_low, boxes.image_high))
            # The positive part at the low end, the negative one at the high end.
            ends = (np.maximum(here, 0.0) * low + np.minimum(here, 0.0) * high).sum(axis=2)
            there = boxes.low[:, place] <= boxes.high[:, place]
            value = np.where(there[:, None], ends, np.inf)
        if len(domain.table):
            singles = np.where(boxes.single[place][:, None, :], here @ domain.table.T, np.inf)
            value = np.minimum(value, singles.min(axis=2))
        found.append(value)
    return found


def corners(domains: tuple[Domain, ...], boxes: Boxes, weights: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
    """Return, for each part, the record with the least `weights @ features` (one row): its features, and its choice.

    The choice has one number a domain: 0 for the least number, 1 for the largest, more for the single values.
    """
    features = np.empty((len(boxes), weights.shape[-1]))
    choices = np.empty((len(boxes), len(domains)), np.intp)
    for place, domain in enumerate(domains):
        here = weights[:, 0, domain.features]
        rows = [domain.table[None].repeat(len(boxes), axis=0)]
        rows = [boxes.image_low[:, None, domain.features], boxes.image_high[:, None, domain.features], *rows]
        table = np.concatenate(rows, axis=1)
        there = (boxes.low[:, place] <= boxes.high[:, place])[:, None]
        allowed = np.concatenate([there, there, boxes.single[place]], axis=1)
        choices[:, place] = choice = np.where(allowed, np.einsum("bcj,bj->bc", table, here), np.inf).argmin(axis=1)
        features[:, domain.features] = table[np.arange(len(boxes)), choice]
    return features, choices


def record(domains: tuple[Domain, ...], boxes: Boxes, row: int, choice: NDArray[np.intp]) -> tuple[Value, ...]:
    """Return the values that a choice of `corners` stands for, in one of the parts."""
    pairs = enumerate(zip(domains, choice.tolist(), strict=True))
    return tuple(_value(domain, boxes, (row, place), at) for place, (domain, at) in pairs)


def _value(domain: Domain, boxes: Boxes, where: tuple[int, int], choice: int) -> Value:
    if choice >= 2:
        return domain.single[choice - 2]
    number = float((boxes.low, boxes.high)[choice][where])
    return int(number) if domain.integer else number


def halves(structure: Structure, domains: tuple[Domain, ...], boxes: Boxes, choice: NDArray[np.intp]) -> Boxes:
    """Return both halves of each part, split on the domain that was chosen for it.

    An interval beside single values is split from them; an interval in its middle; single values into two halves.
    """
    parts = []
    for place, domain in enumerate(domains):
        here = np.flatnonzero(choice == place)
        if len(here):
            parts.extend(_halves(structure, domain, place, boxes.taken(here)))
    return joined(parts)


def _halves(structure: Structure, domain: Domain, place: int, boxes: Boxes) -> list[Boxes]:
    single = boxes.single[place]
    there = boxes.low[:, place] <= boxes.high[:, place]
    mixed = there & single.any(axis=1)
    found = []
    if mixed.any():
        some = boxes.taken(np.flatnonzero(mixed))
        found += [_without_single(some, place), _without_numbers(some, place)]
    if (numbers := there & ~mixed).any():
        found += _cut(structure, domain, place, boxes.taken(np.flatnonzero(numbers)))
    if (values := ~there).any():
        found += _dealt(place, boxes.taken(np.flatnonzero(values)))
    return found


def _replaced(boxes: Boxes, place: int, single: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    return (*boxes.single[:place], single, *boxes.single[place + 1 :])


def _without_single(boxes: Boxes, place: int) -> Boxes:
    none = np.zeros_like(boxes.single[place])
    return Boxes(boxes.low, boxes.high, boxes.image_low, boxes.image_high, _replaced(boxes, place, none))


def _without_numbers(boxes: Boxes, place: int) -> Boxes:
    low, high = boxes.low.copy(), boxes.high.copy()
    low[:, place], high[:, place] = np.inf, -np.inf
    return Boxes(low, high, boxes.image_low, boxes.image_high, boxes.single)


def _dealt(place: int, boxes: Boxes) -> list[Boxes]:
    rank = np.cumsum(boxes.single[place], axis=1)
    half = (boxes.single[place].sum(axis=1, keepdims=True) + 1) // 2
    found = []
    for chosen in (boxes.single[place] & (rank <= half), boxes.single[place] & (rank > half)):
        there = np.flatnonzero(chosen.any(axis=1))
        part = Boxes(boxes.low, boxes.high, boxes.image_low, boxes.image_high, _replaced(boxes, place, chosen))
        found.append(part.taken(there))
    return found


def _cut(structure: Structure, domain: Domain, place: int, boxes: Boxes) -> list[Boxes]:
    low, high = boxes.low[:, place], boxes.high[:, place]
    middle = _middle(low, high)
    after = middle
    if domain.integer:
        middle = np.floor(middle)
        after = np.minimum(middle + 1, high)
    features = tuple(structure.features[each] for each in domain.features.tolist())
    images = [applied(features, each).values for each in (middle, after)]
    left_high, right_low = boxes.high.copy(), boxes.low.copy()
    left_high[:, place], right_low[:, place] = middle, after
    left_image, right_image = boxes.image_high.copy(), boxes.image_low.copy()
    # A function may be off in its last digit, at the ends outward: what lies between stays between.
    inner = (boxes.image_low[:, domain.features], boxes.image_high[:, domain.features])
    left_image[:, domain.features], right_image[:, domain.features] = (
        np.clip(_outward(domain, images[0], 1.0), *inner),
        np.clip(_outward(domain, images[1], -1.0), *inner),
    )
    return [
        Boxes(boxes.low, left_high, boxes.image_low, left_image, boxes.single),
        Boxes(right_low, boxes.high, right_image, boxes.image_high, boxes.single),
    ]


def _middle(low: Numbers, high: Numbers) -> Numbers:
    """Return the middle of each interval; 0 of none."""
    there = low <= high
    return np.asarray(np.where(there, low, 0.0) / 2 + np.where(there, high, 0.0) / 2)


def _outward(domain: Domain, image: Numbers, sign: float) -> Numbers:
    """Move images by what a function may be off; half of the width of the whole is far more than any cancellation."""
    whole_width = np.abs(domain.image).max(axis=0) + (domain.image[1] - domain.image[0])
    return np.asarray(image + sign * 2.0**-46 * whole_width)


def splittable(domains: tuple[Domain, ...], boxes: Boxes) -> NDArray[np.bool_]:
    """Return on which domains a part can be split (parts x domains): there are two values that differ in it."""
    found = np.empty((len(boxes), len(domains)), bool)
    for place in range(len(domains)):
        low, high = boxes.low[:, place], boxes.high[:, place]
        middle = _middle(low, high)
        there = low <= high
        single = boxes.single[place].sum(axis=1)
        wide = there & (low < middle) & (middle < high) if not domains[place].integer else there & (low < high)
        found[:, place] = wide | (there & (single > 0)) | (single > 1)
    return found
