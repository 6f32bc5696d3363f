"""What an interpretability manifest says (`gatekeeper/manifest@1`): plain frozen data, one type a block of the file."""

from __future__ import annotations

import enum
import math
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

SCHEMA: Final = "gatekeeper/manifest@1"

Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Name: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$", description="letters, digits and _, as Python and PromQL take it"),
]
Day: TypeAlias = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", description='quoted, like "2027-06-30"')]
Digest: TypeAlias = Annotated[
    str, Meta(pattern=r"^sha256:[0-9a-f]{64}$", description="sha256: and 64 lower-case hexadecimal digits")
]
Duration: TypeAlias = Annotated[
    str, Meta(pattern=r"^[1-9][0-9]{0,4}[smhd]$", description="a whole number of s, m, h or d: 5m")
]
RelativePath: TypeAlias = Annotated[str, Meta(min_length=1, description="relative to gatekeeper.yaml")]
Number: TypeAlias = int | float
Scalar: TypeAlias = int | float | bool | str
Count: TypeAlias = Annotated[int, Meta(ge=1)]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """Return the seconds of a duration such as `5m`."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


class Kind(enum.StrEnum):
    """What the values of an input are."""

    NUMBER = "number"
    INTEGER = "integer"
    CATEGORY = "category"
    BOOLEAN = "boolean"
    TEXT = "text"

    @property
    def measured(self) -> bool:
        """Whether the values have an order, so that they have a smallest and a largest one."""
        return self in {Kind.NUMBER, Kind.INTEGER}


class Model(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The model that the manifest is of: what it was reviewed with, by digest of the files."""

    name: Text
    version: Text
    artifact: Digest
    baseline: Digest | None = None
    golden: Digest | None = None
    lock: Digest | None = None


class Owner(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who answers for the model: the team, how to reach who is on call, and what they do when they are called."""

    team: Text
    oncall: Text
    runbook: Text
    escalation: Text | None = None


class Review(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who wrote the manifest, who else has read it, when, and until when that holds (UTC)."""

    author: Text
    by: Text
    day: Day
    expires: Day


class Output(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value that the service gives.

    Attributes:
        type: a number, or one of `classes`.
        method: which method of the model gives it.
        column: which of several outputs of the model it is, from 0.
        min, max: the range; both ends belong to it. A number without NaN and infinity in any case.
        max_ratio_to_mean: the largest value as a multiple of `mean`, or where that is not given, of the mean of the
            predictions in the baseline.
        monotone: input to the direction in which the output follows it.
        classes: the labels that may be given, in the model's order.
    """

    type: Literal["number", "class"] = "number"
    method: Literal["predict", "predict_proba", "decision_function"] = "predict"
    unit: Text | None = None
    column: Annotated[int, Meta(ge=0)] = 0
    finite: bool = True
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    max_ratio_to_mean: float | None = None
    monotone: dict[str, Literal["increasing", "decreasing"]] = {}
    classes: tuple[Text, ...] = ()


class Input(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value that the model is fed.

    Attributes:
        min, max: the domain of a number; both ends belong to it.
        vocabulary: every category there is; the values of a category that are numbers are written as text.
        missing: what the service does when there is none.
        unknown: what it does with another category; for categories only.
        default: the safe value that stands for a missing or unknown one.
        derived: the service works it out of the others; no request has it.
    """

    kind: Literal["number", "integer", "category", "boolean", "text"]
    unit: Text | None = None
    min: float | None = None
    max: float | None = None
    vocabulary: tuple[str, ...] = ()
    missing: Literal["reject", "default"] = "reject"
    unknown: Literal["reject", "default"] | None = None
    default: Scalar | None = None
    derived: bool = False

    @property
    def of(self) -> Kind:
        """The kind as a member of the enumeration."""
        return Kind(self.kind)


class Condition(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kill-switch condition: one feature, one operator, a value; or `all`, `any`, `not` of others.

    See `gatekeeper.contract.manifest.conditions` for the operators and for what they say of NaN.
    """

    feature: Name | None = None
    op: Text | None = None
    value: int | float | bool | str | tuple[int | float | bool | str, ...] | None = None
    window: Duration | None = None
    at_least: Count | None = None
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    not_: Condition | None = field(default=None, name="not")


class KillSwitch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the model must not be asked, and what is done instead: refuse the request, answer safely, or tell people."""

    when: Condition
    action: Literal["reject", "safe-mode", "alert"]
    reason: Text | None = None


class Breaker(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the model is asked no more: after `open_after` violating values of the last `of_last`.

    Attributes:
        cooldown: how long it stays open before it is tried again.
        probe: the golden records are asked then, never a customer.
        fallback: the answer in the meantime, by output. It satisfies the outputs itself.
        page_after: how long it may be open before somebody is called.
    """

    open_after: Count
    of_last: Count
    cooldown: Duration = "1m"
    probe: Literal["golden"] = "golden"
    fallback: dict[str, Scalar]
    page_after: Duration = "2m"


class Confidence(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How sure the model is of an answer, by a number that the service gives beside it, and how low it may be.

    Attributes:
        metric: what the number is. A width or a deviation is the worse the larger, the others the better.
        field: the name under which the predictor gives it.
        limit: the worst value that is still told as confident.
        share: of the answers within `window` that may be worse before people are told.
    """

    metric: Literal["max-probability", "interval-width", "ensemble-deviation", "margin", "domain-distance"]
    field: Name
    limit: float
    share: Annotated[float, Meta(gt=0, le=1)] = 0.05
    window: Duration = "15m"

    @property
    def larger_is_worse(self) -> bool:
        """Whether a larger number says that the model is less sure."""
        return self.metric in {"interval-width", "ensemble-deviation", "domain-distance"}


class Explanation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Evidence of how the model uses its inputs: a document `gatekeeper/explanation@1`, bound by its digest."""

    method: Literal["shap", "permutation", "surrogate"]
    path: RelativePath
    sha256: Digest
    min_fidelity: Annotated[float, Meta(ge=0, le=1)] | None = None


class Waiver(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why an alert or a finding of this manifest is set aside, by whom, and until when (UTC)."""

    of: Text
    reason: Text
    by: Text
    until: Day


class Monitoring(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the alerts wait for: how far a feature may drift, how many records that takes, and how long it must hold."""

    drift: Annotated[float, Meta(gt=0, lt=1)] = 0.1
    at_least: Count = 500
    window: Duration = "1h"
    hold: Duration = "30m"


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What production may feed the model and get from it, and what happens when it does not.

    `open` maps a key to what somebody still has to decide about it; a manifest with an open mark passes no gate.
    `inputs` are in the order in which the model takes them.
    """

    schema: Literal["gatekeeper/manifest@1"]
    model: Model
    owner: Owner
    review: Review
    outputs: dict[str, Output]
    inputs: dict[str, Input]
    kill_switches: dict[str, KillSwitch] = {}
    breaker: Breaker | None = None
    confidence: Confidence | None = None
    monitoring: Monitoring = Monitoring()
    explanations: tuple[Explanation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    open: dict[str, Text] = {}

    @property
    def requested(self) -> dict[str, Input]:
        """The inputs that a request has."""
        return {name: each for name, each in self.inputs.items() if not each.derived}


def is_proper(value: object) -> bool:
    """Return whether a value is one that may be judged: a finite number, a truth value, or a text that is not empty."""
    if isinstance(value, int):  # however large: it is finite, but `math.isfinite` would make a float of it
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str) and value != ""
