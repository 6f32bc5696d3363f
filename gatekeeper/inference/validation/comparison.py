"""A model of input held against what is declared: everything that it takes or refuses otherwise."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from gatekeeper.inference.facts import Place
from gatekeeper.inference.validation.facts import Extra, Field, InputModel, Scalar, Type

Treatment: TypeAlias = Literal["reject", "default"]

_SHOWN = 6


class Expected(Struct, frozen=True, kw_only=True):
    """What is declared of one input.

    Attributes:
        low, high: the domain of a number, whose ends belong to it; None where none is declared.
        vocabulary: every category there is, as text.
        missing: what is done where there is no value.
        unknown: what is done with another category.
        default: the safe value that stands for either.
    """

    kind: Literal["number", "integer", "category", "boolean", "text"]
    low: float | None = None
    high: float | None = None
    vocabulary: tuple[str, ...] = ()
    missing: Treatment = "reject"
    unknown: Treatment = "reject"
    default: Scalar | None = None

    @property
    def promises_default(self) -> bool:
        """Whether something is not refused, but replaced by the default."""
        return self.missing == "default" or self.unknown == "default"


class Difference(enum.StrEnum):
    """How a model differs from what is declared."""

    FIELD_MISSING = "field-missing"
    FIELD_UNKNOWN = "field-unknown"
    OTHER_TYPE = "other-type"
    BOOLEAN_TAKEN = "boolean-taken"
    """True and False are numbers to it."""
    WIDER = "wider"
    NARROWER = "narrower"
    OPEN_VOCABULARY = "open-vocabulary"
    WORDS_MORE = "words-more"
    WORDS_LESS = "words-less"
    NOT_FINITE = "not-finite"
    NOT_STRICT = "not-strict"
    EXTRA_ALLOWED = "extra-allowed"
    MISSING_REFUSED = "missing-refused"
    """A default is promised for a missing value, and the model refuses the request."""
    MISSING_TAKEN = "missing-taken"
    """A missing value is to be refused, and the model takes the request."""
    UNKNOWN_REFUSED = "unknown-refused"
    OTHER_DEFAULT = "other-default"
    UNJUDGED = "unjudged"


class Mismatch(Struct, frozen=True, kw_only=True):
    """One difference: in which field (empty for the model as a whole), what the model has, what is declared.

    Attributes:
        promised: it is about a field for which a default is promised, so that code before the checks is to be expected.
    """

    kind: Difference
    field: str
    got: str
    expected: str
    at: Place | None = None
    promised: bool = False


def compare(model: InputModel, expected: Mapping[str, Expected]) -> tuple[Mismatch, ...]:
    """Return every difference between a model and the declared inputs, in the order of the model's fields."""
    return (*soundness(model, expected), *_matching(model, expected))


def soundness(model: InputModel, expected: Mapping[str, Expected] | None = None) -> Iterator[Mismatch]:
    """Yield what is wrong with a model whatever is declared: not strict, extra fields, NaN, doubts."""
    if model.extra is not Extra.FORBID:
        got = "an extra that can't be told" if model.extra is None else f'extra="{model.extra}"'
        yield Mismatch(kind=Difference.EXTRA_ALLOWED, field="", got=got, expected='extra="forbid"', at=model.at)
    loose = [each.name for each in model.fields if each.converts]
    if loose:
        got = f"values are converted: {listed(loose)}"
        yield Mismatch(kind=Difference.NOT_STRICT, field="", got=got, expected="strict=True", at=model.at)
    for each in model.fields:
        if each.numeric and each.finite is False:
            got, wanted = "NaN and infinity are taken", "allow_inf_nan=False"
            yield Mismatch(kind=Difference.NOT_FINITE, field=each.name, got=got, expected=wanted, at=each.at)
    yield from _doubts(model, expected or {})


def _doubts(model: InputModel, expected: Mapping[str, Expected]) -> Iterator[Mismatch]:
    wanted = "what can be told without running it"
    for why in model.unjudged:
        yield Mismatch(kind=Difference.UNJUDGED, field="", got=why, expected=wanted, at=model.at)
    for each in model.loosened:
        named = [expected.get(_wire(model, name)) for name in each.fields]
        promised = bool(named) and all(found is not None and found.promises_default for found in named)
        got = f"{each.what} runs before its checks" if "mode" in each.what or "pre" in each.what else each.what
        about = ", ".join(each.fields)
        yield Mismatch(kind=Difference.UNJUDGED, field=about, got=got, expected=wanted, at=each.at, promised=promised)
    for field in model.fields:
        declared = expected.get(field.name)
        promised = declared is not None and declared.promises_default
        for why in field.unjudged:
            yield Mismatch(
                kind=Difference.UNJUDGED, field=field.name, got=why, expected=wanted, at=field.at, promised=promised
            )


def _wire(model: InputModel, attribute: str) -> str:
    return next((each.name for each in model.fields if each.attribute == attribute), attribute)


def _matching(model: InputModel, expected: Mapping[str, Expected]) -> Iterator[Mismatch]:
    fields = {each.name: each for each in model.fields}
    # Where both names are taken, the one in the code is the one that is declared.
    fields |= {
        each.attribute: each for each in model.fields if each.attribute in expected and each.attribute not in fields
    }
    known = {each.attribute or each.name for name, each in fields.items() if name in expected}
    for name, declared in expected.items():
        if name not in fields:
            got = f"the fields {listed([each.name for each in model.fields])}"
            yield Mismatch(kind=Difference.FIELD_MISSING, field=name, got=got, expected=declared.kind, at=model.at)
    for each in model.fields:
        if (each.attribute or each.name) not in known:
            wanted = f"one of {listed(list(expected))}"
            yield Mismatch(kind=Difference.FIELD_UNKNOWN, field=each.name, got="a field", expected=wanted, at=each.at)
    for name, field in fields.items():
        if name in expected:
            yield from _of_field(model, field, expected[name])


def _of_field(model: InputModel, field: Field, declared: Expected) -> Iterator[Mismatch]:
    for kind, got, wanted in (
        *_types(field, declared),
        *_range(field, declared),
        *_vocabulary(model, field, declared),
        *_missing(field, declared),
    ):
        yield Mismatch(
            kind=kind, field=field.name, got=got, expected=wanted, at=field.at, promised=declared.promises_default
        )


_Told: TypeAlias = tuple[Difference, str, str]
_TYPES: Mapping[str, frozenset[Type]] = {
    "number": frozenset({Type.NUMBER, Type.INTEGER}),
    "integer": frozenset({Type.INTEGER}),
    "boolean": frozenset({Type.BOOLEAN}),
    "text": frozenset({Type.TEXT}),
}


def _types(field: Field, declared: Expected) -> Iterator[_Told]:
    got = " or ".join(field.types)
    if declared.kind == "category":
        return  # its vocabulary tells
    wanted = _TYPES[declared.kind]
    more = set(field.types) - wanted
    if Type.BOOLEAN in more and declared.kind in {"number", "integer"}:
        yield Difference.BOOLEAN_TAKEN, got, declared.kind
        more -= {Type.BOOLEAN}
    whole = declared.kind == "number" and Type.NUMBER not in field.types and field.vocabulary is None
    if more or whole or not set(field.types) & wanted:
        yield Difference.OTHER_TYPE, got, declared.kind
    if declared.kind in {"number", "integer"} and field.multiple_of is not None and not _fits(field, declared):
        yield Difference.NARROWER, f"multiples of {field.multiple_of:g}", f"any {declared.kind}"


def _fits(field: Field, declared: Expected) -> bool:
    return declared.kind == "integer" and field.multiple_of == 1


def _range(field: Field, declared: Expected) -> Iterator[_Told]:
    """Compare the bounds. What is not surely inside is told, so that a NaN among them is."""
    if declared.kind not in {"number", "integer"}:
        return
    if field.vocabulary is not None:
        yield from _numbers(field.vocabulary, declared)
        return
    whole = declared.kind == "integer"  # then the bounds that are compared belong to the range
    low, high = _closed(field, whole=whole)
    wide, narrow = [], []
    if declared.low is not None:
        wide.append(not (low >= declared.low))
        narrow.append(low > declared.low or (field.low_open and not whole and low == declared.low))
    if declared.high is not None:
        wide.append(not (high <= declared.high))
        narrow.append(high < declared.high or (field.high_open and not whole and high == declared.high))
    wanted = interval(declared.low, declared.high)
    got = interval(field.low, field.high, low_open=field.low_open, high_open=field.high_open)
    if any(wide):
        yield Difference.WIDER, got, wanted
    if any(narrow):
        yield Difference.NARROWER, got, wanted


def _closed(field: Field, *, whole: bool) -> tuple[float, float]:
    """Return the bounds; of whole numbers the smallest and the largest that are taken: `gt=0` is `ge=1`."""
    low = -math.inf if field.low is None else field.low
    high = math.inf if field.high is None else field.high
    if whole and math.isfinite(low):
        low = math.floor(low) + 1 if field.low_open else math.ceil(low)
    if whole and math.isfinite(high):
        high = math.ceil(high) - 1 if field.high_open else math.floor(high)
    return low, high


def _numbers(values: tuple[Scalar, ...], declared: Expected) -> Iterator[_Told]:
    """Compare a closed list of numbers: it is narrower than any range of floats, and may reach out of it."""
    numbers = [each for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    low = -math.inf if declared.low is None else declared.low
    high = math.inf if declared.high is None else declared.high
    wanted = interval(declared.low, declared.high)
    if not all(low <= each <= high for each in numbers):
        yield Difference.WIDER, listed([str(each) for each in numbers]), wanted
    whole = declared.kind == "integer" and math.isfinite(high - low)
    if not whole or len({each for each in numbers if low <= each <= high}) < math.floor(high) - math.ceil(low) + 1:
        yield Difference.NARROWER, listed([str(each) for each in numbers]), wanted


def _vocabulary(model: InputModel, field: Field, declared: Expected) -> Iterator[_Told]:
    if declared.kind != "category":
        return
    wanted = listed(list(declared.vocabulary))
    early = [each for each in model.loosened if not each.fields or field.attribute in each.fields]
    mapped = bool(early) or any("before its checks" in each for each in field.unjudged)
    taken = field.vocabulary
    if taken is None and declared.unknown == "default":
        if mapped or (field.mapped is None and model.strict is None):
            return  # by code that can't be read, or in a schema that does not have it
        taken = field.mapped
    if taken is None:
        yield Difference.OPEN_VOCABULARY, f"any {' or '.join(field.types)}", wanted
        return
    words, known = {_word(each) for each in taken}, set(declared.vocabulary)
    if more := sorted(words - known):
        yield Difference.WORDS_MORE, listed(more), wanted
    if less := sorted(known - words):
        yield Difference.WORDS_LESS, f"no {listed(less)}", wanted
    if declared.unknown == "default" and field.vocabulary is not None and not mapped:
        yield Difference.UNKNOWN_REFUSED, "another category is refused", f"the default {declared.default!r}"


def _word(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _missing(field: Field, declared: Expected) -> Iterator[_Told]:
    if declared.missing == "reject":
        if field.nullable:
            yield Difference.MISSING_TAKEN, "null is taken", "a missing value is refused"
        elif not field.required:
            got = "a default made by code" if field.made else f"the default {field.default!r}"
            yield Difference.MISSING_TAKEN, got, "a missing value is refused"
    elif field.required:
        got = "a request without it is refused"
        yield Difference.MISSING_REFUSED, got, f"the default {declared.default!r}"
    elif field.default is not None and not _same(field.default, declared.default):
        yield Difference.OTHER_DEFAULT, repr(field.default), repr(declared.default)


def _same(left: Scalar, right: Scalar | None) -> bool:
    return type(left) is bool is type(right) and left == right if isinstance(left, bool) else left == right


def interval(low: float | None, high: float | None, *, low_open: bool = False, high_open: bool = False) -> str:
    """Return a range in words: `1 to 500`, `above 0`, `any number`."""
    least = "" if low is None else f"{'above' if low_open else 'from'} {low:g}"
    most = "" if high is None else f"{'below' if high_open else 'to'} {high:g}"
    if not low_open and not high_open and least and most:
        return f"{low:g} to {high:g}"
    return " ".join(part for part in (least, most) if part) or "any number"


def listed(names: list[str]) -> str:
    """Return names as a text, the first few of many."""
    shown = ", ".join(each[:60] for each in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else shown or "none"
