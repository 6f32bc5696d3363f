"""The kill-switches of one record as pydantic types: a record is valid by the type if, and only if, none trips.

A test is a model of one field. Where every part of a formula must trip, one that does not is enough: a union. Where one
part is enough, none may trip: the types are asked one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from gatekeeper.contract.generation.literals import docstring, number, scalar, text
from gatekeeper.contract.generation.modules import Imports
from gatekeeper.contract.generation.plan import Switch
from gatekeeper.contract.manifest.conditions import Every, Formula, Op, Test, is_windowed, sort
from gatekeeper.contract.manifest.wording import test_sentence

IMPORTS: Final[Imports] = {
    "collections.abc": {"Mapping"},
    "math": {""},
    "typing": {"Annotated", "Any", "Final", "Literal", "TypeAlias"},
    "pydantic": {
        *("AfterValidator", "BaseModel", "BeforeValidator", "ConfigDict", "Field", "InstanceOf", "TypeAdapter"),
        "ValidationError",
    },
}

HELPERS: Final = '''
class Safe(BaseModel):
    """A record on which one test of a kill-switch does not trip. What is absent, or can't be compared, is not safe."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, allow_inf_nan=False)


def _no_whole_number(value: Any) -> Any:
    """Keep whole numbers as they are: as floats the large ones would be others."""
    if not isinstance(value, float):
        raise ValueError("is no float")
    return value


Float: TypeAlias = Annotated[float, BeforeValidator(_no_whole_number)]
Text: TypeAlias = InstanceOf[str]


def _none_of(*others: Any) -> AfterValidator:
    def check(value: Any) -> Any:
        if value in others:
            raise ValueError("is one of them")
        return value

    return AfterValidator(check)


def _one_of(*others: Any) -> AfterValidator:
    def check(value: Any) -> Any:
        if value not in others:
            raise ValueError("is none of them")
        return value

    return AfterValidator(check)


def _is_missing(value: Any) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value)


def _present(value: Any) -> Any:
    if _is_missing(value):
        raise ValueError("is missing")
    return value


def _absent(value: Any) -> Any:
    if not _is_missing(value):
        raise ValueError("is there")
    return value


def _and(other: Any) -> BeforeValidator:
    """Ask another type first."""
    adapter: TypeAdapter[Any] = TypeAdapter(other)

    def check(record: Any) -> Any:
        adapter.validate_python(record)
        return record

    return BeforeValidator(check)
'''

_TRIPPED: Final = '''
def tripped(record: Mapping[str, object]) -> tuple[str, ...]:
    """Return the kill-switches that trip on one record; those that look at a window are not among them."""
    found = []
    for name, switch in KILL_SWITCHES.items():
        try:
            switch.validate_python(dict(record))
        except ValidationError:
            found.append(name)
    return tuple(found)
'''


def sections(switches: tuple[Switch, ...]) -> Iterator[str]:
    """Yield the parts of the module, nothing where no kill-switch looks at one record alone."""
    of_records = [switch for switch in switches if not is_windowed(switch.formula)]
    if not of_records:
        return
    yield HELPERS
    adapters = []
    for place, switch in enumerate(of_records, start=1):
        writer = _Writer(f"Switch{place}Test", switch.name)
        expression = writer.expression(switch.formula)
        yield from writer.classes
        adapters.append(f"    {text(switch.name)}: TypeAdapter({expression}),")
    others = [switch.name for switch in switches if is_windowed(switch.formula)]
    told = f"\n# They look at a window, which no record shows: {', '.join(others)}." if others else ""
    yield "\n".join(["KILL_SWITCHES: Final[Mapping[str, TypeAdapter[Any]]] = {", *adapters, "}"]) + told
    yield _TRIPPED


class _Writer:
    """Writes the classes of one kill-switch, numbered in the order of its tests."""

    def __init__(self, name: str, switch: str) -> None:
        self.name, self.switch = name, switch
        self.classes: list[str] = []

    def expression(self, of: Formula) -> str:
        if isinstance(of, Test):
            self.classes.append(_class(f"{self.name}{len(self.classes) + 1}", self.switch, of))
            return f"{self.name}{len(self.classes)}"
        parts = [self.expression(part) for part in of.parts]
        if len(parts) == 1:
            return parts[0]
        if isinstance(of, Every):
            return " | ".join(parts)
        return f"Annotated[{parts[0]}, {', '.join(f'_and({part})' for part in parts[1:])}]"


def _class(name: str, switch: str, test: Test) -> str:
    annotation, default = _annotation(test), ""
    if test.op is Op.MISSING and test.opposite:
        default = "default=None, "
    told = docstring(f"Of {switch}: {test_sentence(test)}.")
    field = f"value: {annotation} = Field({default}alias={text(test.feature)})"
    return f'class {name}(Safe):\n    """{told}"""\n\n    {field}\n'


def _annotation(test: Test) -> str:
    """Return the type of the values on which a test does not trip."""
    if test.op is Op.MISSING:
        return f"Annotated[Any, AfterValidator({'_absent' if test.opposite else '_present'})]"
    if test.op in {Op.ABOVE, Op.BELOW, Op.OUTSIDE}:
        return " | ".join(_bounded(test))
    others = ", ".join(scalar(value) for value in test.values)
    among = (test.op is Op.NOT_ONE_OF) is not test.opposite  # safe are the values themselves
    kind = sort(test.values[0])
    if kind is str:
        if among:
            return f"Literal[{others}]"
        return f'Annotated[Text, _none_of("", {others})]'
    of = "bool" if kind is bool else "int | Float"
    return f"Annotated[{of}, {'_one_of' if among else '_none_of'}({others})]"


def _bounded(test: Test) -> Iterator[str]:
    """Yield the ranges that are safe, of whole numbers and of floats."""
    low, high = float(test.values[0]), float(test.values[-1])
    ranges: list[tuple[float | None, float | None, bool]]
    if test.op is Op.ABOVE:
        ranges = [(None, high, False)] if not test.opposite else [(high, None, True)]
    elif test.op is Op.BELOW:
        ranges = [(low, None, False)] if not test.opposite else [(None, low, True)]
    else:
        ranges = [(low, high, False)] if not test.opposite else [(None, low, True), (high, None, True)]
    for least, most, strictly in ranges:
        yield _range("int", least, most, strictly=strictly)
        yield _range("Float", least, most, strictly=strictly)


def _range(of: str, least: float | None, most: float | None, *, strictly: bool) -> str:
    """Return a type of the numbers between both, or strictly beyond; whole numbers end at whole numbers."""
    arguments = []
    if least is not None:
        end = (math.floor(least) if strictly else math.ceil(least)) if of == "int" else least
        arguments.append(f"{'gt' if strictly else 'ge'}={_end(of, end)}")
    if most is not None:
        end = (math.ceil(most) if strictly else math.floor(most)) if of == "int" else most
        arguments.append(f"{'lt' if strictly else 'le'}={_end(of, end)}")
    return f"Annotated[{of}, Field({', '.join(arguments)})]"


def _end(of: str, value: float) -> str:
    return str(value) if of == "int" else number(value)
