"""Is an explanation one of this model? Worked out again by the same method, on the same rows, with the same seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from gatekeeper.contract.explanations.facts import Explanation, Split, Tree
from gatekeeper.contract.explanations.methods import MOST_EXACT, Predict, fidelity, importances, shapley

ADDITIVITY: Final = 1e-6
"""How far the values of a row may miss the answer, relative to the answers' size: a double's error in sums of a
thousand trees is a thousand times smaller, and another model's a thousand times larger."""
SINGLE: Final = 2e-4
"""The same for a program that counts in single precision, as those of xgboost and lightgbm do."""
RECOMPUTED_ROWS: Final = 3
"""Rows of which the Shapley values are worked out again."""
RANKS: Final = 0.6
"""Spearman's correlation of importances that another program made: the same model with other shuffles gives 0.81 to
0.94, a model trained on permuted columns 0.14."""
FIDELITY: Final = 0.02
"""How much better than it is a surrogate may be said to be."""


def lies(explanation: Explanation, predict: Predict) -> Iterator[str]:
    """Yield what an explanation says and the model does not bear out: got, expected.

    Args:
        explanation: as it was read.
        predict: the model, on the scale of the explanation's link.
    """
    answers = list(predict(explanation.rows))
    if not all(math.isfinite(answer) for answer in answers):
        yield "the model gives no finite answer on every row of it"
    elif explanation.method == "shap":
        yield from _shap(explanation, answers, predict)
    elif explanation.method == "permutation":
        yield from _permutation(explanation, predict)
    else:
        yield from _surrogate(explanation, answers)


def _shap(explanation: Explanation, answers: Sequence[float], predict: Predict) -> Iterator[str]:
    base = explanation.base or 0.0
    scale = max(1e-12, *(abs(answer) for answer in answers))
    missed = [abs(base + math.fsum(row) - answer) for row, answer in zip(explanation.values, answers, strict=True)]
    worst = max(range(len(missed)), key=missed.__getitem__)
    allowed = ADDITIVITY if explanation.own else SINGLE
    if not missed[worst] <= allowed * scale:  # NaN is no "at most"
        said = base + math.fsum(explanation.values[worst])
        wrong = sum(not miss <= allowed * scale for miss in missed)
        yield (
            f"its values of row {worst + 1} add up to {said:.6g}, the model gives {answers[worst]:.6g} "
            f"({wrong:,} of {len(missed):,} rows are off)"
        )
    elif explanation.background and len(explanation.features) <= MOST_EXACT:
        yield from _exact(explanation, predict, allowed * scale)


def _exact(explanation: Explanation, predict: Predict, allowed: float) -> Iterator[str]:
    """Yield where the Shapley values are not those that come out again: sums alone can be made to fit."""
    base, values = shapley(predict, explanation.rows[:RECOMPUTED_ROWS], explanation.background)
    if not abs(base - (explanation.base or 0.0)) <= allowed:
        yield f"its expected value is {explanation.base:.6g}, the model gives {base:.6g} on its background rows"
    for place, (got, expected) in enumerate(zip(explanation.values, values, strict=False)):
        for name, one, other in zip(explanation.features, got, expected, strict=True):
            if not abs(one - other) <= allowed:
                yield f"its value of {name!r} in row {place + 1} is {one:.6g}, worked out again it is {other:.6g}"
                return


def _permutation(explanation: Explanation, predict: Predict) -> Iterator[str]:
    again = importances(
        predict, explanation.rows, explanation.target, repeats=explanation.repeats, seed=explanation.source.seed
    )
    got = explanation.importances
    if explanation.own:
        scale = max(1e-12, *(abs(each) for each in again))
        for name, one, other in zip(explanation.features, got, again, strict=True):
            if not abs(one - other) <= ADDITIVITY * scale:
                yield f"the importance of {name!r} is {one:.6g}, worked out again it is {other:.6g}"
                return
        return
    rho, top = spearman(got, again), min(3, len(again))
    shared = len(set(_first(got, top)) & set(_first(again, top)))
    if not rho >= RANKS or shared < top - 1:
        yield (
            f"its importances and those worked out again agree by {rho:.2f} in rank (expected {RANKS}) and share "
            f"{shared} of the first {top}"
        )


def _first(values: Sequence[float], count: int) -> list[int]:
    return sorted(range(len(values)), key=lambda place: -values[place])[:count]


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the rank correlation; NaN where one of them is constant or has a single value."""
    x, y = _ranks(a), _ranks(b)
    mean = (len(x) + 1) / 2
    up = sum((p - mean) * (q - mean) for p, q in zip(x, y, strict=True))
    down = math.sqrt(sum((p - mean) ** 2 for p in x) * sum((q - mean) ** 2 for q in y))
    return up / down if down else math.nan


def _ranks(values: Sequence[float]) -> list[float]:
    return [
        1 + sum(other < value for other in values) + (sum(other == value for other in values) - 1) / 2
        for value in values
    ]


def _surrogate(explanation: Explanation, answers: Sequence[float]) -> Iterator[str]:
    if explanation.tree is None or explanation.fidelity is None:
        return
    unknown = sorted(_asked(explanation.tree) - set(explanation.features))
    if unknown:
        yield f"its surrogate asks for {', '.join(unknown)}, which the rows don't have"
        return
    again = fidelity(explanation.tree, explanation.features, explanation.rows, answers)
    if not explanation.fidelity <= again + FIDELITY:
        yield f"the surrogate's fidelity is said to be {explanation.fidelity:.3f}, worked out again it is {again:.3f}"


def _asked(tree: Tree) -> set[str]:
    """Return the features that a surrogate asks for. A loop: who wrote it chose how deep it is."""
    found, left = set(), [tree]
    while left:
        node = left.pop()
        if isinstance(node, Split):
            found.add(node.feature)
            left += [node.left, node.right]
    return found
