"""What a guard is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Scalar: TypeAlias = "int | float | bool | str"
Record: TypeAlias = "Mapping[str, object]"
Predict: TypeAlias = "Callable[[dict[str, Scalar]], object]"
"""The team's own: it takes a record, safe defaults filled in, and gives output to value (or the one value there is)."""
Golden: TypeAlias = "tuple[Record, Mapping[str, Scalar]]"
"""A record and the values that the model gave when it was approved."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request.

    Attributes:
        status: the model's values were served, or the fallback's, or the request was rejected.
        values: output to value; empty when it was rejected.
        reasons: why it is not the model's answer. No value of the request is among them.
        defaulted: the inputs that the safe default stood in for.
        confidence: how sure the model was, if it said so.
    """

    status: Literal["served", "fallback", "rejected"]
    values: Mapping[str, Scalar]
    reasons: tuple[str, ...] = ()
    defaulted: tuple[str, ...] = ()
    confidence: float | None = None


class InvalidRecord(ValueError):
    """A record that the model was not made for; `reasons` name the inputs, and no value of them."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
