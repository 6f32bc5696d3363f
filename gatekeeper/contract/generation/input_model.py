"""The input model: a pydantic class that accepts the records that the manifest declares, and nothing else.

It is strict: a truth value is no number, `"12"` and `12.0` are no whole number, NaN and infinity are no number at all,
and an input that nobody declared is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gatekeeper.contract.generation.identity import attributes
from gatekeeper.contract.generation.literals import WIDTH, docstring, number, scalar, sequence, text
from gatekeeper.contract.manifest.facts import Input, Kind, Manifest

MOST_LITERALS: Final = 64
"""Categories up to which a vocabulary is a `Literal`; a larger one is a set, whose members a type checker skips."""
_TYPES: Final = {
    Kind.NUMBER: "float",
    Kind.INTEGER: "int",
    Kind.BOOLEAN: "bool",
    Kind.CATEGORY: "str",
    Kind.TEXT: "str",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a generated module: the lines before the class, and what they import.

    Attributes:
        imports: module to the names that are used of it.
    """

    source: str
    imports: dict[str, set[str]]


def limits(each: Input) -> tuple[float | None, float | None]:
    """Return the domain; that of whole numbers ends at whole numbers."""
    if each.of is not Kind.INTEGER:
        return each.min, each.max
    return (None if each.min is None else math.ceil(each.min), None if each.max is None else math.floor(each.max))


def is_open(each: Input) -> bool:
    """Return whether any text is accepted where there is a vocabulary: the safe default stands for an unknown one."""
    return each.of is Kind.CATEGORY and bool(each.vocabulary) and each.unknown == "default"


def request_class(manifest: Manifest, told: str) -> Section:
    """Return the class `Request`; `told` is the docstring of the class."""
    return _Writer(manifest).section(told)


class _Writer:
    def __init__(self, manifest: Manifest) -> None:
        self.inputs = manifest.requested
        self.attributes = attributes(self.inputs)
        self.imports: dict[str, set[str]] = {"pydantic": {"BaseModel", "ConfigDict"}}
        self.vocabularies = {name: self._vocabulary_name(name) for name, each in self.inputs.items() if each.vocabulary}

    def _vocabulary_name(self, name: str) -> str:
        """Return a constant's name: of two inputs that differ in case alone each has its own."""
        same = [other for other in self.inputs if other.upper() == name.upper()]
        return f"{name.strip('_').upper()}_{'' if same[0] == name else f'{same.index(name) + 1}_'}VOCABULARY"

    def section(self, told: str) -> Section:
        fields = [self._field(name, each) for name, each in self.inputs.items()]
        before = list(self._before())
        lines = [
            *before,
            "class Request(BaseModel):",
            f'    """{docstring(told)}"""',
            "",
            '    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)',
            "",
            *fields,
            "",
            *self._methods(),
        ]
        return Section(source="\n".join(lines) + "\n", imports=self.imports)

    def _uses(self, module: str, *names: str) -> None:
        self.imports.setdefault(module, set()).update(names)

    def _before(self) -> Iterator[str]:
        """Yield the end of all numbers, and the vocabularies that don't fit on a line of their own."""
        if any(each.of.measured and None in limits(each) for each in self.inputs.values()):
            self._uses("typing", "Final")
            self._uses("sys", "")
            yield from ["# The largest whole number that a float can hold.", "LARGEST: Final = int(sys.float_info.max)"]
            yield from ["", ""]
        for name, constant in self.vocabularies.items():
            each = self.inputs[name]
            listed = [text(value) for value in each.vocabulary]
            if self._is_set(each):
                self._uses("typing", "Final")
                opening = f"{constant}: Final = frozenset("
                yield from _unformatted(f"{opening}{sequence(listed, 0)})")
                yield from ["", ""]
                if not is_open(each):
                    yield from self._validator(name, constant)
            elif self._is_named(each):
                self._uses("typing", "Literal", "TypeAlias")
                written = sequence(listed, 0, opening="[", closing="]")
                yield from _unformatted(f"{constant}: TypeAlias = Literal{written}")
                yield from ["", ""]

    def _validator(self, name: str, constant: str) -> Iterator[str]:
        self._uses("pydantic", "AfterValidator", "WithJsonSchema")
        yield from [
            f"def _known_{name}(value: str) -> str:",
            f"    if value not in {constant}:",
            '        raise ValueError("is of no category of the vocabulary")',
            "    return value",
            "",
            "",
        ]

    def _is_set(self, each: Input) -> bool:
        return len(each.vocabulary) > MOST_LITERALS or is_open(each)

    def _is_named(self, each: Input) -> bool:
        return sum(len(text(value)) + 2 for value in each.vocabulary) > WIDTH // 2

    def _field(self, name: str, each: Input) -> str:
        attribute = self.attributes[name]
        optional = each.missing == "default"
        annotation = self._annotation(name, each) + (" | None" if optional else "")
        if attribute == name:
            default = " = None" if optional else ""
        else:
            self._uses("pydantic", "Field")
            default = f" = Field({'default=None, ' if optional else ''}alias={text(name)})"
        line = f"    {attribute}: {annotation}{default}"
        if len(line) <= WIDTH:
            return line
        head, _, rest = line.partition("[")
        inside, _, tail = rest.rpartition("]")
        return f"{head}[\n        {inside}\n    ]{tail}"

    def _annotation(self, name: str, each: Input) -> str:
        if each.of is Kind.CATEGORY and each.vocabulary and not is_open(each):
            constant = self.vocabularies[name]
            if self._is_set(each):
                self._uses("typing", "Annotated")
                schema = f'WithJsonSchema({{"type": "string", "enum": sorted({constant})}})'
                return f"Annotated[str, AfterValidator(_known_{name}), {schema}]"
            if self._is_named(each):
                return constant
            self._uses("typing", "Literal")
            return f"Literal[{', '.join(text(value) for value in each.vocabulary)}]"
        arguments = []
        if each.of.measured:
            low, high = limits(each)
            arguments.append(f"ge={number(low) if low is not None else '-LARGEST'}")
            arguments.append(f"le={number(high) if high is not None else 'LARGEST'}")
        elif each.of in {Kind.CATEGORY, Kind.TEXT}:
            arguments.append("min_length=1")
        if each.unit:
            arguments.append(f"description={text(f'in {each.unit}')}")
        if not arguments:
            return _TYPES[each.of]
        self._uses("typing", "Annotated")
        self._uses("pydantic", "Field")
        return f"Annotated[{_TYPES[each.of]}, Field({', '.join(arguments)})]"

    def _methods(self) -> Iterator[str]:
        yield from [
            "    def filled(self) -> dict[str, int | float | bool | str]:",
            '        """Return the record as the model takes it, with the safe defaults."""',
            "        return {",
            *(f"            {text(name)}: {self._filled(name, each)}," for name, each in self.inputs.items()),
            "        }",
            "",
            "    def defaulted(self) -> tuple[str, ...]:",
            '        """Return the inputs that the safe default stands in for."""',
        ]
        standing = [(name, test) for name, each in self.inputs.items() if (test := self._stands(name, each))]
        if not standing:
            yield "        return ()"
            return
        listed = [f"({text(name)}, {test})" for name, test in standing]
        yield from [
            f"        standing = ({listed[0]},)" if len(listed) == 1 else "        standing = (",
            *(f"            {each}," for each in listed if len(listed) > 1),
            *(["        )"] if len(listed) > 1 else []),
            "        return tuple(name for name, is_standing in standing if is_standing)",
        ]

    def _stands(self, name: str, each: Input) -> str | None:
        """Return the expression that tells whether the safe default stands for a value."""
        value = f"self.{self.attributes[name]}"
        tests = [f"{value} is None"] if each.missing == "default" else []
        if is_open(each):
            tests = [f"{value} not in {self.vocabularies[name]}"]  # None is not in it either
        return tests[0] if tests else None

    def _filled(self, name: str, each: Input) -> str:
        value, default = f"self.{self.attributes[name]}", each.default if each.default is not None else ""
        if is_open(each):
            known = f"{value} in {self.vocabularies[name]}"
            if each.missing == "default":
                return f"{value} if {value} is not None and {known} else {scalar(default)}"
            return f"{value} if {known} else {scalar(default)}"
        return value if each.missing != "default" else f"{scalar(default)} if {value} is None else {value}"


def _unformatted(statement: str) -> list[str]:
    """Return a statement whose layout is kept where it takes several lines."""
    return ["# fmt: off", statement, "# fmt: on"] if "\n" in statement else [statement]
