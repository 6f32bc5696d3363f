"""The document of a structure (`gatekeeper/structure@1`) as types: msgspec refuses whatever else is there.

It comes from the candidate's interpreter, so it is checked like anything hostile: no unknown key, no other type, lists
of bounded length. The arrays that it names are checked by `gatekeeper.contract.bounds.reading`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

SCHEMA: Final = "gatekeeper/structure@1"

Name: TypeAlias = Annotated[str, Meta(max_length=200)]
ArrayName: TypeAlias = Annotated[str, Meta(max_length=40)]
Place: TypeAlias = Annotated[int, Meta(ge=0, lt=1_000_000)]
Places: TypeAlias = Annotated[list[Place], Meta(max_length=100_000)]
Category: TypeAlias = Annotated[str, Meta(max_length=10_000)] | bool | int | float | None
"""None is what is missing."""


class _Strict(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """No key but those that are named."""


class _Tagged(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """One of several, told by its `kind`."""


class Scale(_Tagged, frozen=True, kw_only=True, tag="scale"):
    """`(x - shift) / factor`, or `x * factor + shift`; one number a column."""

    how: Literal["subtract_divide", "multiply_add"]
    shift: ArrayName
    factor: ArrayName


class Clip(_Tagged, frozen=True, kw_only=True, tag="clip"):
    """No less than `low`, no more than `high`."""

    low: float
    high: float


class Impute(_Tagged, frozen=True, kw_only=True, tag="impute"):
    """Missing values replaced: of the `keep` columns of `width`, by `fill`; then one column a flag: 1 if missing."""

    width: Place
    keep: Places
    fill: Annotated[list[Category], Meta(max_length=100_000)]
    flags: Places


class Given(_Strict, frozen=True, kw_only=True):
    """What an encoder gives for a category that it does not know, or that it refuses it."""

    given: int | float | None = None
    refuse: bool = False


class Encoded(_Strict, frozen=True, kw_only=True):
    """What an encoder gives for each category of a column: the place of the 1 among `width` (-1: none), or a code."""

    categories: Annotated[list[Category], Meta(max_length=20_000)]
    given: Annotated[list[int | float | None], Meta(max_length=20_000)]
    width: Place
    unknown: Given


class OneHot(_Tagged, frozen=True, kw_only=True, tag="onehot"):
    """A category as columns of which at most one is 1."""

    columns: Annotated[list[Encoded], Meta(max_length=10_000)]


class Ordinal(_Tagged, frozen=True, kw_only=True, tag="ordinal"):
    """A category as a number; None for NaN."""

    columns: Annotated[list[Encoded], Meta(max_length=10_000)]


class Function(_Tagged, frozen=True, kw_only=True, tag="function"):
    """An increasing function of numpy."""

    name: Name


class Select(_Tagged, frozen=True, kw_only=True, tag="select"):
    """Some of the columns."""

    columns: Places


class Part(_Strict, frozen=True, kw_only=True):
    """Some of the columns, and what is done to them."""

    columns: Places
    steps: Annotated[list[Step], Meta(max_length=100)]


class Columns(_Tagged, frozen=True, kw_only=True, tag="columns"):
    """Parts of the columns, each on its own; their results side by side."""

    parts: Annotated[list[Part], Meta(max_length=10_000)]


Step: TypeAlias = Scale | Clip | Impute | OneHot | Ordinal | Function | Select | Columns


class Linear(_Tagged, frozen=True, kw_only=True, tag="linear"):
    """`weights @ x + bias`; the weights have one row an output."""

    weights: ArrayName
    bias: ArrayName


class Trees(_Tagged, frozen=True, kw_only=True, tag="trees"):
    """Trees, all nodes in arrays side by side; see `gatekeeper.contract.bounds.structure.Trees`."""

    starts: ArrayName
    left: ArrayName
    right: ArrayName
    feature: ArrayName
    threshold: ArrayName
    missing_left: ArrayName
    values: ArrayName
    groups: ArrayName | None = None
    category: ArrayName | None = None
    bits: ArrayName | None = None
    known: ArrayName | None = None
    combine: Literal["mean", "sum"]
    base: Annotated[list[float], Meta(min_length=1, max_length=10_000)]
    compare: Literal["le", "lt"] = "le"
    precision: Literal[32, 64]
    sums: Literal[32, 64] = 64
    missing: Literal["native", "refuse"]
    beyond: Literal["wraps", "right"] = "right"


class Shifted(_Tagged, frozen=True, kw_only=True, tag="scale"):
    """A layer `x * factor + shift`, one number a unit."""

    factor: ArrayName
    shift: ArrayName


class Relu(_Tagged, frozen=True, kw_only=True, tag="relu"):
    """`max(x, 0)`."""


class Leaky(_Tagged, frozen=True, kw_only=True, tag="leaky"):
    """`x` where it is positive, `slope * x` where it is not."""

    slope: float


class Tanh(_Tagged, frozen=True, kw_only=True, tag="tanh"):
    """The hyperbolic tangent."""


class Sigmoid(_Tagged, frozen=True, kw_only=True, tag="sigmoid"):
    """`1 / (1 + exp(-x))`."""


class Softplus(_Tagged, frozen=True, kw_only=True, tag="softplus"):
    """`log(1 + exp(x))`."""


Layer: TypeAlias = Linear | Shifted | Relu | Leaky | Tanh | Sigmoid | Softplus


class Net(_Tagged, frozen=True, kw_only=True, tag="net"):
    """Layers, each applied to what the one before gives; `sums` is the precision that the library computes in."""

    layers: Annotated[list[Layer], Meta(min_length=1, max_length=1_000)]
    precision: Literal[32, 64]
    sums: Literal[32, 64]


Predictor: TypeAlias = Linear | Trees | Net


class Affine(_Tagged, frozen=True, kw_only=True, tag="affine"):
    """`x * factor + shift`."""

    factor: float
    shift: float


class Rising(_Tagged, frozen=True, kw_only=True, tag="monotone"):
    """An increasing function of numpy, or `expit`."""

    name: Name


class Pair(_Tagged, frozen=True, kw_only=True, tag="pair"):
    """One score to the shares of two classes: `1 - p` and `p = 1 / (1 + exp(-x))`."""


class Softmax(_Tagged, frozen=True, kw_only=True, tag="softmax"):
    """Scores to shares: `exp(x[k]) / sum(exp(x))`."""


class Shares(_Tagged, frozen=True, kw_only=True, tag="shares"):
    """Scores to shares, each class on its own: `expit(x[k]) / sum(expit(x))`."""


Link: TypeAlias = Affine | Rising | Pair | Softmax | Shares


class Opaque(_Strict, frozen=True, kw_only=True):
    """What is not known exactly: the class, and why."""

    name: Annotated[str, Meta(max_length=1_000)]
    why: Annotated[str, Meta(max_length=2_000)]


class Document(_Strict, frozen=True, kw_only=True):
    """The whole document; either `opaque` is there, or all else is."""

    schema: Literal["gatekeeper/structure@1"]
    inputs: Annotated[list[Name], Meta(max_length=100_000)]
    named: bool
    outputs: Annotated[list[Name], Meta(max_length=10_000)] = []
    says: Literal["value", "probability", "score"] = "value"
    steps: Annotated[list[Step], Meta(max_length=100)] = []
    predictor: Linear | Trees | Net | None = None
    links: Annotated[list[Link], Meta(max_length=10)] = []
    opaque: Opaque | None = None
