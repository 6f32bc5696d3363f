"""What a fitted model computes, as frozen data that was checked: what `reading` makes of the candidate's document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatekeeper.contract.bounds.columns import Feature
from gatekeeper.contract.bounds.document import Link

Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """`weights @ x + bias`; the weights have one row an output."""

    weights: Numbers
    bias: Numbers


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trees:
    """Trees, their nodes side by side.

    Attributes:
        starts: the root of each tree, and behind them the number of all nodes.
        left: the child for small values, -1 at a leaf.
        right: the other child.
        feature: which column is asked for.
        threshold: a number goes left if it is at most this (`compare` le) or below it (lt).
        missing_left: whether a missing one goes left.
        values: what a leaf gives: one column an output, or one alone, for the output `groups` names for its tree.
        category: where not -1, the row of `bits` and `known` that says which whole numbers go left.
        bits: 32 numbers a word.
        known: the numbers that were there in training; others go where missing ones go. None: they go right.
        combine: the mean of the trees, or their sum on top of `base`.
        single: the library adds numbers of 32 bits.
        native: missing values are answered; else a record with one is refused.
        wraps: a number beyond the bits is taken modulo 256, as a cast to a byte does; else it goes right.
    """

    starts: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Numbers
    missing_left: NDArray[np.bool_]
    values: Numbers
    groups: NDArray[np.int32] | None
    category: NDArray[np.int32] | None
    bits: NDArray[np.uint32] | None
    known: NDArray[np.uint32] | None
    combine: Literal["mean", "sum"]
    base: tuple[float, ...]
    compare: Literal["le", "lt"]
    single: bool
    native: bool
    wraps: bool

    @property
    def count(self) -> int:
        """How many trees there are."""
        return len(self.starts) - 1

    def asks_categories(self, feature: int) -> bool:
        """Return whether a node asks for the category in a column."""
        return self.category is not None and bool(((self.category >= 0) & (self.feature == feature)).any())


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer: `linear` (weights, bias), `scale` (factor, shift), or an activation; a leaky one has a `slope`."""

    kind: Literal["linear", "scale", "relu", "leaky", "tanh", "sigmoid", "softplus"]
    weights: Numbers | None = None
    bias: Numbers | None = None
    slope: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Layers, first to last; `single` says that the library computes with numbers of 32 bits."""

    layers: tuple[Layer, ...]
    single: bool


Predictor: TypeAlias = Linear | Trees | Net


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is not known exactly: which class, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Structure:
    """A model: inputs to features, features to raw outputs, those to outputs.

    Attributes:
        inputs: names of the columns that the model takes, in order.
        named: whether the model knows those names.
        outputs: their names: of classes for `probability`.
        says: what an output is.
        features: the columns that the predictor takes.
        predictor: from features to raw outputs; Opaque where what the model computes is not known.
        links: from raw outputs to outputs.
    """

    inputs: tuple[str, ...]
    named: bool
    outputs: tuple[str, ...]
    says: Literal["value", "probability", "score"]
    features: tuple[Feature, ...]
    predictor: Predictor | Opaque
    links: tuple[Link, ...] = field(default=())

    @property
    def known(self) -> Predictor:
        """The predictor, where it is not opaque.

        Raises:
            TypeError: it is.
        """
        if isinstance(self.predictor, Opaque):
            raise TypeError(f"{self.predictor.name} is opaque: {self.predictor.why}")
        return self.predictor

    def used(self) -> tuple[int, ...]:
        """Return which inputs the features are made of."""
        return tuple(sorted({each.source for each in self.features}))


Arrays: TypeAlias = dict[str, NDArray[Any]]
