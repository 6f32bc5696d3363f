"""What endpoints take: their input, the models that check it, and what is repaired before they do.

Facts, no judgement: which of them break a rule is told by the check `input-validation`.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from msgspec import Struct

from gatekeeper.inference.facts import Entry, Flaw, Place, SourceFile, Step, Suppression

Scalar: TypeAlias = str | int | float | bool


class Type(enum.StrEnum):
    """What a field takes, in the words of JSON; null is told apart."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TEXT = "text"
    OBJECT = "object"
    LIST = "list"
    ANY = "anything"
    OTHER = "another type"


class Extra(enum.StrEnum):
    """What a model does with a field that it does not have."""

    FORBID = "forbid"
    IGNORE = "ignore"
    ALLOW = "allow"


class Field(Struct, frozen=True, kw_only=True):
    """One field of a model.

    Attributes:
        name: the name in the request, which may be an alias.
        attribute: the name in the code.
        types: what it takes; several where it is a union.
        nullable: it takes null, or null is its default.
        required: a request must have it.
        default: the constant that stands for a missing one; None where it is null or is made by code.
        made: the default is made by code, so it is not known.
        low, high: the bounds of a number, which belong to it unless `low_open`, `high_open`.
        vocabulary: every value that is taken; None where it is no closed list.
        mapped: the words that the model's own methods know, where any text is taken: others are mapped to a default.
        strict: nothing is converted; None where that can't be told.
        finite: NaN and infinity are refused; None where that can't be told.
        models: the dotted names of the models that are nested in it.
        unjudged: why more can't be told without running the code.
    """

    name: str
    attribute: str = ""
    types: tuple[Type, ...] = (Type.ANY,)
    nullable: bool = False
    required: bool = True
    default: Scalar | None = None
    made: bool = False
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    multiple_of: float | None = None
    vocabulary: tuple[Scalar, ...] | None = None
    mapped: tuple[Scalar, ...] | None = None
    strict: bool | None = None
    finite: bool | None = None
    models: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    at: Place | None = None

    @property
    def numeric(self) -> bool:
        """Whether a float is among what it takes."""
        return Type.NUMBER in self.types or Type.ANY in self.types

    @property
    def converts(self) -> bool:
        """Whether something else than its own type is turned into it: "12" or true into a number."""
        converted = {Type.NUMBER, Type.INTEGER, Type.BOOLEAN, Type.OTHER}
        if not self.models:  # those have a configuration of their own
            converted |= {Type.LIST, Type.OBJECT}
        return self.strict is False and self.vocabulary is None and bool(converted & set(self.types))


class Loosening(Struct, frozen=True, kw_only=True):
    """Code of a model that runs before its own checks, or in their place.

    Attributes:
        what: `field_validator(mode="before")`, `its own __init__`, ...
        fields: those that it is about; empty where it is about all of them.
    """

    what: str
    fields: tuple[str, ...]
    at: Place


class InputModel(Struct, frozen=True, kw_only=True):
    """A model of input.

    Attributes:
        name: dotted, as an import would name it; the title of a JSON Schema.
        extra: None where it can't be told.
        strict, finite: what its configuration says of all fields; a field may say otherwise.
        loosened: what could undo its checks.
        unjudged: why it can't be read at all, or not whole.
        at: the class; None for one that was read from a JSON Schema.
    """

    name: str
    fields: tuple[Field, ...] = ()
    extra: Extra | None = Extra.IGNORE
    strict: bool | None = False
    finite: bool | None = False
    frozen: bool = False
    loosened: tuple[Loosening, ...] = ()
    unjudged: tuple[str, ...] = ()
    at: Place | None = None


class Way(enum.StrEnum):
    """How input comes into an endpoint."""

    MODEL = "a Pydantic model"
    MAPPING = "a mapping"
    BODY = "the body of a request"
    PARSED = "parsed text"
    ARRAY = "an array or a frame"
    PARAMETERS = "plain parameters"
    RECORD = "a record that checks no values"
    CLAIMED = "a mapping that an annotation calls a model"
    CONSTRUCTED = "a model made without its checks"
    UNSEEN = "a model that is not in the code"
    """It comes from another package, or is made when the code runs."""
    HANDLE = "a request that is not read"

    @property
    def typed(self) -> bool:
        """Whether at least the types of it are known."""
        return self in {Way.PARAMETERS, Way.RECORD}


class Input(Struct, frozen=True, kw_only=True):
    """One way in which an endpoint takes input.

    Attributes:
        subject: the source of the parameter or of the expression that reads it.
        model: the dotted name of the model that checks it; empty for none.
        strict: what the call that checks it says of strictness, beside the model.
        checked: by what else it is checked: `conditions of the code`, `marshmallow`; empty for nothing.
    """

    way: Way
    at: Place
    subject: str
    function: str
    model: str = ""
    strict: bool | None = None
    checked: str = ""
    trace: tuple[Step, ...] = ()


class Mending(enum.StrEnum):
    """What is repaired silently on the way from an endpoint to its model."""

    SENTINEL = "sentinel"
    """A constant stands for a value that is missing: `.get(key, -1)`, `x or 0`, `{**DEFAULTS, **request}`."""
    FILLED = "filled"
    """`fillna(-1)`, `nan_to_num`, `replace(nan, 0)`."""
    COERCED = "coerced"
    """`errors="coerce"`: what is no number becomes NaN."""
    CAST = "cast"
    """`float(x)` of a raw value: "nan", "12" and True are numbers to it."""
    REINDEXED = "reindexed"
    """`reindex(columns=...)` of raw records: what is missing becomes NaN."""
    CONSTRUCTED = "constructed"
    """`model_construct(...)`, `model_copy(update=...)`: nothing is checked."""
    SWALLOWED = "swallowed"
    """An exception of parsing or predicting becomes an answer, or nothing."""


class Repair(Struct, frozen=True, kw_only=True):
    """One silent repair.

    Attributes:
        subject: the source of the expression; of an exception handler its first line.
        outcome: of a handler what it does: `passes`, `returns 0.0`.
    """

    kind: Mending
    at: Place
    subject: str
    function: str
    outcome: str = ""
    trace: tuple[Step, ...] = ()


class Endpoint(Struct, frozen=True, kw_only=True):
    """An entry point.

    Attributes:
        asks: it reaches a call of a model, or a model server calls it.
        inputs: what of its input reaches the model; where that can't be followed, all of it.
        posts: it answers requests that have a body, by the name of its method or of its decorator.
    """

    entry: Entry
    asks: bool
    inputs: tuple[Input, ...]
    posts: bool = False


class Validation(Struct, frozen=True, kw_only=True):
    """All that was seen in one tree of serving code.

    Attributes:
        models: those that check the input of an endpoint which asks a model, and what is nested in them; by name.
        flaws: what could not be looked at; the rest was.
    """

    files: tuple[SourceFile, ...]
    endpoints: tuple[Endpoint, ...]
    models: tuple[InputModel, ...]
    repairs: tuple[Repair, ...]
    suppressions: tuple[Suppression, ...]
    flaws: tuple[Flaw, ...]
