"""Numbers that are none, and tensors that say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gatekeeper.artifact.facts import Artifact, Statistics, Tensor
from gatekeeper.model import Finding, Location
from gatekeeper_checks.artifact_integrity import content_rules as rules
from gatekeeper_checks.artifact_integrity.wording import listed, not_finite, place

_SHOWN_TENSORS = 10
_ENOUGH = 64
"""Numbers from which on it says something that all are equal."""
_FLOODED = 10
"""One denormal number in so many is a flood."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A tensor in which libraries write NaN or infinity on purpose: how its name ends, its field, and which of them."""

    name: str
    field: str = ""
    nan: bool = False
    infinite: bool = False


MEANT = (
    # A split of a tree on nothing but missing values (`sklearn.tree._splitter`, `_hist_gradient_boosting.splitting`).
    Meant("nodes", "threshold", infinite=True),
    Meant("nodes", "num_threshold", infinite=True),
    # NaN is a category of its own for the encoders of scikit-learn.
    Meant("categories_[[]*[]]", nan=True),
    # A feature that was empty when SimpleImputer was fitted.
    Meant("statistics_", nan=True),
    # IterativeImputer's bounds for what it fills in.
    Meant("_min_value", infinite=True),
    Meant("_max_value", infinite=True),
    # What nearest neighbours with nan_euclidean, and HDBSCAN, keep of the data.
    Meant("_fit_X", nan=True),
    Meant("_raw_data", nan=True),
    Meant("probabilities_", nan=True),
    Meant("_single_linkage_tree_", "value", infinite=True),
    # GraphicalLassoCV: the cost of a fit that did not converge.
    Meant("costs_[[]*", infinite=True),
    # OPTICS: what no point reaches.
    Meant("reachability_", infinite=True),
    # The score of a fit that failed or can't be scored.
    Meant("cv_results_.*", nan=True, infinite=True),
    # What torch adds to scores so that nothing attends there.
    Meant("*mask", infinite=True),
)
"""Seen in all estimators of scikit-learn 1.4.2 and 1.9.1, fitted with and without missing values."""


def judge_weights(artifact: Artifact, path: str, meant: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding for tensors that are not finite where that is not meant, and notes of those that say nothing."""
    yield from _not_finite(artifact, path, meant)
    yield from _note(path, [each for each in artifact.tensors if _is_constant(each)], "hold one value throughout")
    flooded = [each for each in artifact.tensors if _is_flooded(each)]
    yield from _note(path, flooded, "hold more than a tenth of numbers too small for their type")


def _not_finite(artifact: Artifact, path: str, meant: Sequence[str]) -> Iterator[Finding]:
    found = [
        (tensor, each)
        for tensor in artifact.tensors
        for each in tensor.statistics
        if (each.nan or each.infinite) and not _is_meant(tensor, each, meant)
    ]
    for tensor, each in found[:_SHOWN_TENSORS]:
        yield rules.NotFinite.finding(
            f"{path}: the tensor {_shown(tensor)} holds {not_finite(each)}",
            fix=f"train again and look at the loss; if it is meant: artifact.nonfinite: ['{tensor.name}']",
            at=Location(path=path, key=tensor.name or None),
        )
    if len(found) > _SHOWN_TENSORS:
        names = [tensor.name for tensor, _ in found[_SHOWN_TENSORS:]]
        yield rules.NotFinite.finding(
            f"{path}: {len(names)} more tensors hold NaN or infinity: {listed(names)}",
            fix="train again and look at the loss",
            at=Location(path=path),
        )


def _is_meant(tensor: Tensor, each: Statistics, named: Sequence[str]) -> bool:
    if any(fnmatchcase(tensor.name, pattern) or tensor.name == pattern for pattern in named):
        return True
    return any(
        each.field == known.field
        and (not each.nan or known.nan)
        and (not each.infinite or known.infinite)
        and fnmatchcase(f".{tensor.name}", f"*.{known.name}")
        for known in MEANT
    )


def _is_constant(tensor: Tensor) -> bool:
    return _is_weight(tensor) and all(each.constant for each in tensor.statistics)


def _is_flooded(tensor: Tensor) -> bool:
    return _is_weight(tensor) and any(each.denormal * _FLOODED > each.count for each in tensor.statistics)


def _is_weight(tensor: Tensor) -> bool:
    enough = all(each.count >= _ENOUGH for each in tensor.statistics)
    return bool(tensor.statistics) and enough and "float" in tensor.element and len(tensor.shape) > 1


def _note(path: str, tensors: Sequence[Tensor], what: str) -> Iterator[Finding]:
    if tensors:
        yield rules.DegenerateWeights.finding(
            f"{path}: {len(tensors)} of its tensors {what}: {listed([_shown(each) for each in tensors])}",
            fix="ask the person who trained the model whether that is meant",
            at=Location(path=path, key=tensors[0].name or None),
        )


def _shown(tensor: Tensor) -> str:
    shape = " x ".join(map(str, tensor.shape)) or "scalar"
    return f"{tensor.name or 'without a name'} ({tensor.element} {shape}, {place(tensor.offset, tensor.member)})"
