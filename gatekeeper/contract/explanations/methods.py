"""The three methods, worked out with the model as a function of rows: the same for who makes and who verifies.

Shapley values are exact: every set of features is asked, those outside it taken from the background rows in turn
(interventional, Lundberg and Lee 2017; Shapley 1953). Permutation importance is that of Breiman (2001): how much the
mean squared error grows when a column is shuffled. A surrogate is a small regression tree (Craven and Shavlik 1996).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Final, TypeAlias

from gatekeeper.contract.explanations.facts import Leaf, Row, Split, Tree

Predict: TypeAlias = Callable[[Sequence[Row]], Sequence[float]]
"""The model on rows: one number each, on the scale of the link."""

MOST_EXACT: Final = 10
"""Features up to which every set is asked: 1,024 sets."""


def shapley(predict: Predict, rows: Sequence[Row], background: Sequence[Row]) -> tuple[float, list[list[float]]]:
    """Return the expected value and the exact Shapley values, one list a row.

    Args:
        predict: the model.
        rows: what is explained, at most MOST_EXACT features.
        background: what stands for a feature that is not known.
    """
    width = len(background[0])
    sets = [frozenset(each) for size in range(width + 1) for each in itertools.combinations(range(width), size)]
    mixed = [_mixed(row, other, known) for row in rows for known in sets for other in background]
    answers = list(predict(mixed))
    size, found = len(background), []
    for place in range(len(rows)):
        start = place * len(sets) * size
        worth = {known: fmean(answers[start + at * size : start + (at + 1) * size]) for at, known in enumerate(sets)}
        found.append([_share(worth, feature, width) for feature in range(width)])
    base = fmean(answers[:size])  # the first set is the empty one: the background rows themselves
    return base, found


def _mixed(row: Row, other: Row, known: frozenset[int]) -> Row:
    return tuple(row[place] if place in known else other[place] for place in range(len(row)))


def _share(worth: dict[frozenset[int], float], feature: int, width: int) -> float:
    """Return a feature's Shapley value: what it adds to each set of others, by the weight of that set's size."""
    total = 0.0
    for known, value in worth.items():
        if feature not in known:
            weight = math.factorial(len(known)) * math.factorial(width - len(known) - 1) / math.factorial(width)
            total += weight * (worth[known | {feature}] - value)
    return total


def importances(
    predict: Predict, rows: Sequence[Row], target: Sequence[float], *, repeats: int, seed: int
) -> list[float]:
    """Return for each feature how much the mean squared error grows when its column is shuffled, over `repeats`."""
    chance = random.Random(seed)  # noqa: S311 - a shuffle that can be done again, no secret
    width, height = len(rows[0]), len(rows)
    shuffled: list[Row] = list(rows)
    for feature in range(width):
        for _ in range(repeats):
            order = list(range(height))
            chance.shuffle(order)
            shuffled += [
                (*row[:feature], rows[order[place]][feature], *row[feature + 1 :]) for place, row in enumerate(rows)
            ]
    answers = list(predict(shuffled))
    errors = [_error(answers[at : at + height], target) for at in range(0, len(answers), height)]
    return [fmean(errors[1 + feature * repeats : 1 + (feature + 1) * repeats]) - errors[0] for feature in range(width)]


def _error(answers: Sequence[float], target: Sequence[float]) -> float:
    return fmean((answer - wanted) ** 2 for answer, wanted in zip(answers, target, strict=True))


def fidelity(tree: Tree, features: Sequence[str], rows: Sequence[Row], answers: Sequence[float]) -> float:
    """Return R squared of a surrogate against the model's answers; 0 where the answers are all the same."""
    mean = fmean(answers)
    spread = sum((answer - mean) ** 2 for answer in answers)
    missed = sum((said(tree, features, row) - answer) ** 2 for row, answer in zip(rows, answers, strict=True))
    return 1 - missed / spread if spread else 0.0


def said(tree: Tree, features: Sequence[str], row: Row) -> float:
    """Return what a surrogate says of a row. What is missing or no number goes right.

    Raises:
        KeyError: a question is about a feature that the rows don't have.
    """
    places = {name: place for place, name in enumerate(features)}
    while isinstance(tree, Split):
        value = row[places[tree.feature]]
        number = isinstance(value, int | float)
        goes_left = value in tree.among if tree.at is None else number and value <= tree.at  # type: ignore[operator]  # a number
        tree = tree.left if goes_left else tree.right
    return tree.value


def surrogate(features: Sequence[str], rows: Sequence[Row], answers: Sequence[float], *, depth: int) -> Tree:
    """Return a regression tree of at most `depth` questions in a row that says what the model says, nearly."""
    if depth == 0 or len(rows) < 2 * _FEWEST:
        return Leaf(value=fmean(answers))
    question = _best_question(rows, answers)
    if question is None:
        return Leaf(value=fmean(answers))
    place, at, among = question
    left = [_goes_left(row[place], at, among) for row in rows]
    parts = [
        surrogate(
            features,
            [row for row, goes in zip(rows, left, strict=True) if goes is side],
            [answer for answer, goes in zip(answers, left, strict=True) if goes is side],
            depth=depth - 1,
        )
        for side in (True, False)
    ]
    return Split(feature=features[place], at=at, among=among, left=parts[0], right=parts[1])


_FEWEST = 5
"""Rows of a leaf."""
_CUTS = 15
"""Places at which a column is tried: its quantiles."""


def _goes_left(value: object, at: float | None, among: tuple[str, ...]) -> bool:
    if at is None:
        return value in among
    return isinstance(value, int | float) and value <= at


def _best_question(rows: Sequence[Row], answers: Sequence[float]) -> tuple[int, float | None, tuple[str, ...]] | None:
    """Return the question that leaves the least squared error: a column, and where it is cut or which go left."""
    best, found = math.inf, None
    for place in range(len(rows[0])):
        for at, among in _questions([row[place] for row in rows], answers):
            left = [answer for row, answer in zip(rows, answers, strict=True) if _goes_left(row[place], at, among)]
            right = [answer for row, answer in zip(rows, answers, strict=True) if not _goes_left(row[place], at, among)]
            if min(len(left), len(right)) >= _FEWEST and (cost := _spread(left) + _spread(right)) < best:
                best, found = cost, (place, at, among)
    return found


def _questions(values: Sequence[object], answers: Sequence[float]) -> list[tuple[float | None, tuple[str, ...]]]:
    numbers = sorted({float(value) for value in values if isinstance(value, int | float)})
    if numbers:
        step = max(1, len(numbers) // _CUTS)
        return [(at, ()) for at in numbers[:-1:step]]
    words = sorted({value for value in values if isinstance(value, str)})
    means = {word: fmean(a for v, a in zip(values, answers, strict=True) if v == word) for word in words}
    ranked = sorted(words, key=lambda word: (means[word], word))
    return [(None, tuple(sorted(ranked[:end]))) for end in range(1, len(ranked))]


def _spread(values: Sequence[float]) -> float:
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values)
