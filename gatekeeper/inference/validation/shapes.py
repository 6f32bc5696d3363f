"""What an annotation says that a field takes: types, bounds, vocabulary, nested models."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from contextlib import suppress

from gatekeeper.inference.modules import Class
from gatekeeper.inference.validation import kinds
from gatekeeper.inference.validation.constraints import Shape, from_call, from_marker
from gatekeeper.inference.validation.facts import Scalar, Type
from gatekeeper.inference.validation.lookup import MAX_DEPTH, Alias, Lookup, Where

MAX_TEXT = 4096
"""Characters of an annotation in quotes: longer than any type that people write."""

_PLAIN: Mapping[str, Type] = {
    **dict.fromkeys(("float", "builtins.float", "decimal.Decimal", "numpy.float64", "numpy.float32"), Type.NUMBER),
    **dict.fromkeys(("numbers.Real", "numbers.Number"), Type.NUMBER),
    **dict.fromkeys(("int", "builtins.int", "numpy.int64", "numpy.int32"), Type.INTEGER),
    **dict.fromkeys(("bool", "builtins.bool"), Type.BOOLEAN),
    **dict.fromkeys(("str", "builtins.str", "typing.Text"), Type.TEXT),
    **dict.fromkeys(("typing.Any", "typing_extensions.Any", "object", "builtins.object"), Type.ANY),
}
_RESTRICTED: Mapping[str, tuple[Type, dict[str, float], dict[str, bool]]] = {
    "StrictFloat": (Type.NUMBER, {}, {"strict": True}),
    "StrictInt": (Type.INTEGER, {}, {"strict": True}),
    "StrictBool": (Type.BOOLEAN, {}, {"strict": True}),
    "StrictStr": (Type.TEXT, {}, {"strict": True}),
    "FiniteFloat": (Type.NUMBER, {}, {"finite": True}),
    "PositiveFloat": (Type.NUMBER, {"gt": 0}, {}),
    "NonNegativeFloat": (Type.NUMBER, {"ge": 0}, {}),
    "NegativeFloat": (Type.NUMBER, {"lt": 0}, {}),
    "NonPositiveFloat": (Type.NUMBER, {"le": 0}, {}),
    "PositiveInt": (Type.INTEGER, {"gt": 0}, {}),
    "NonNegativeInt": (Type.INTEGER, {"ge": 0}, {}),
    "NegativeInt": (Type.INTEGER, {"lt": 0}, {}),
    "NonPositiveInt": (Type.INTEGER, {"le": 0}, {}),
    "EmailStr": (Type.TEXT, {}, {}),
}
_CONSTRAINED = {"confloat": Type.NUMBER, "conint": Type.INTEGER, "condecimal": Type.NUMBER, "constr": Type.TEXT}
_UNIONS = frozenset({"Union", "Optional"})
_AROUND = frozenset({"Final", "Required", "NotRequired", "ReadOnly", "ClassVar"})
_LISTS = frozenset(
    "list List tuple Tuple set Set frozenset FrozenSet Sequence MutableSequence Iterable deque Deque conlist".split()
)
_MAPPINGS = frozenset("dict Dict Mapping MutableMapping OrderedDict defaultdict DefaultDict".split())


def shape_of(node: ast.expr, where: Where, lookup: Lookup) -> Shape:
    """Return what an annotation says."""
    reader = _Reader(lookup)
    shape = Shape()
    reader.read(node, where, shape, 0)
    return shape


def parsed(text: str) -> ast.expr | None:
    """Return the expression of an annotation in quotes; None for what is none."""
    if len(text) <= MAX_TEXT:
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):  # what is no type says nothing
            return ast.parse(text.strip(), mode="eval").body
    return None


class _Reader:
    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self._entered: set[int] = set()

    def read(self, node: ast.expr, where: Where, shape: Shape, depth: int) -> None:
        """Take what an annotation says into a shape: a union joins, a marker restricts."""
        if depth > MAX_DEPTH or id(node) in self._entered:
            _other(shape, "its type refers to itself" if depth <= MAX_DEPTH else "its type is nested too deeply")
            return
        self._entered.add(id(node))
        self._read(node, where, shape, depth)
        self._entered.discard(id(node))

    def _read(self, node: ast.expr, where: Where, shape: Shape, depth: int) -> None:
        match node:
            case ast.Constant(value=None):
                shape.nullable = True
            case ast.Constant(value=str(text)) if (inner := parsed(text)) is not None:
                self.read(inner, where, shape, depth + 1)
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                self._union([left, right], where, shape, depth)
            case ast.Subscript():
                self._subscript(node, where, shape, depth)
            case ast.Call():
                self._call(node, where, shape, depth)
            case ast.Name() | ast.Attribute():
                self._name(node, where, shape, depth)
            case _:
                _other(shape, f"its type {ast.unparse(node)[:40]} can't be told")

    def _union(self, members: list[ast.expr], where: Where, shape: Shape, depth: int) -> None:
        """Join the members: bounds and vocabulary hold if there is one member that has them, and no other."""
        inner: list[Shape] = []
        for each in members:
            made = Shape()
            self.read(each, where, made, depth + 1)
            shape.nullable = shape.nullable or made.nullable
            if made.types:
                inner.append(made)
        if len(inner) == 1:
            (only,) = inner
            _copy(only, shape)
            return
        for each_shape in inner:
            shape.types |= each_shape.types
            shape.models += each_shape.models
            shape.unjudged += each_shape.unjudged
        _meet(inner, shape)

    def _subscript(self, node: ast.Subscript, where: Where, shape: Shape, depth: int) -> None:
        found = self.lookup.meaning(node.value, where)
        last = found.rpartition(".")[2] if isinstance(found, str) else ""
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if last == "Annotated" and inner:
            self.read(inner[0], where, shape, depth + 1)
            for each in inner[1:]:
                from_marker(shape, each, where, self.lookup)
        elif last == "Literal":
            self._literal(inner, where, shape, depth)
        elif last in _UNIONS:
            shape.nullable = shape.nullable or last == "Optional"
            self._union(inner, where, shape, depth)
        elif last in _AROUND and inner:
            self.read(inner[0], where, shape, depth + 1)
        elif last in _LISTS:
            shape.types.add(Type.LIST)
            self._inside(inner, where, shape, depth)
        elif last in _MAPPINGS:
            shape.types.add(Type.OBJECT)
            self._inside(inner[1:], where, shape, depth)
        elif isinstance(found, Class):
            self._class(found, shape)
        else:
            _other(shape, f"its type {ast.unparse(node)[:40]} can't be told")

    def _inside(self, nodes: list[ast.expr], where: Where, shape: Shape, depth: int) -> None:
        """Note the models inside of a list or a mapping; the rest of what is inside says nothing of the field."""
        for each in nodes:
            inner = Shape()
            self.read(each, where, inner, depth + 1)
            shape.models += inner.models

    def _literal(self, members: list[ast.expr], where: Where, shape: Shape, depth: int) -> None:
        values: list[Scalar] = []
        for each in members:
            inner = each.value if isinstance(each, ast.Starred) else each
            if isinstance(inner, ast.Constant) and inner.value is None:
                shape.nullable = True
            elif (several := self._members(inner, where, depth)) is not None:
                values += several
            else:
                shape.doubt(f"{ast.unparse(each)[:40]} of its Literal can't be told")
        shape.vocabulary = tuple(dict.fromkeys(values))
        shape.types |= {kinds.type_of(each) for each in values} or {Type.OTHER}

    def _members(self, node: ast.expr, where: Where, depth: int) -> tuple[Scalar, ...] | None:
        value = self.lookup.constant(node, where)
        if value is not None:
            return (value,)
        if isinstance(node, ast.Subscript):  # Literal[Literal["a"], "b"]
            inner = Shape()
            self.read(node, where, inner, depth + 1)
            return inner.vocabulary
        found = self.lookup.meaning(node, where)
        if isinstance(found, Alias) and isinstance(found.node, ast.Subscript):
            return self._members(found.node, found.where, depth + 1) if depth < MAX_DEPTH else None
        return self.lookup.constants(node, where)

    def _call(self, node: ast.Call, where: Where, shape: Shape, depth: int) -> None:
        dotted = self.lookup.dotted(node.func, where)
        last = dotted.rpartition(".")[2]
        if last in _CONSTRAINED:
            shape.types.add(_CONSTRAINED[last])
            from_call(shape, node, where, self.lookup)
        elif last == "conlist":
            shape.types.add(Type.LIST)
            self._inside(list(node.args[:1]), where, shape, depth)
        elif last in {"NewType", "TypeAliasType"} and len(node.args) == 2:
            self.read(node.args[1], where, shape, depth + 1)
        else:
            _other(shape, f"its type is made when the code runs: {ast.unparse(node)[:40]}")

    def _name(self, node: ast.expr, where: Where, shape: Shape, depth: int) -> None:
        found = self.lookup.meaning(node, where)
        if isinstance(found, Alias):
            self.read(found.node, found.where, shape, depth + 1)
        elif isinstance(found, Class):
            self._class(found, shape)
        elif found is None:
            _other(shape, f"its type {ast.unparse(node)[:40]} can't be told")
        else:
            _outside(found, shape)

    def _class(self, class_: Class, shape: Shape) -> None:
        if kinds.is_enum(class_, self.lookup):
            values, why = kinds.enum_values(class_, self.lookup)
            shape.vocabulary = values
            shape.types |= {kinds.type_of(each) for each in values or ()} or {Type.OTHER}
            for each in why:
                shape.doubt(each)
            return
        base = kinds.restricted(class_, self.lookup)
        if base is not None:
            shape.types.add(_PLAIN[base])
            shape.doubt(f"its type {class_.name} is a class of its own")
            return
        shape.types.add(Type.OBJECT)
        if kinds.kind_of(class_, self.lookup) is not None:
            shape.models.append(class_)


def _outside(dotted: str, shape: Shape) -> None:
    if dotted in _PLAIN:
        shape.types.add(_PLAIN[dotted])
        return
    last = dotted.rpartition(".")[2]
    if last in _RESTRICTED:
        type_, bounds, flags = _RESTRICTED[last]
        shape.types.add(type_)
        for name, value in bounds.items():
            shape.bound(name, value)
        shape.strict = flags.get("strict", shape.strict)
        shape.finite = flags.get("finite", shape.finite)
    elif last in _LISTS:
        shape.types.add(Type.LIST)
    elif last in _MAPPINGS:
        shape.types.add(Type.OBJECT)
    else:
        shape.types.add(Type.OTHER)
        if "." in dotted and not dotted.startswith(("datetime.", "uuid.", "builtins.", "pathlib.", "ipaddress.")):
            shape.doubt(f"its type {dotted} is not in the code")


def _other(shape: Shape, why: str) -> None:
    shape.types.add(Type.OTHER)
    shape.doubt(why)


_COPIED = (
    "low high low_open high_open multiple_of vocabulary strict finite default given null alias models unjudged".split()
)


def _copy(source: Shape, target: Shape) -> None:
    target.types |= source.types
    for name in _COPIED:
        setattr(target, name, getattr(source, name))


def _meet(members: list[Shape], shape: Shape) -> None:
    """Take what holds of a union: a bound if all numbers have one, a flag if it holds of each that it matters to."""
    numbers = [each for each in members if each.types & {Type.NUMBER, Type.INTEGER}]
    if numbers and all(each.low is not None for each in numbers):
        least = min(numbers, key=_low)
        shape.low, shape.low_open = least.low, least.low_open
    if numbers and all(each.high is not None for each in numbers):
        most = max(numbers, key=_high)
        shape.high, shape.high_open = most.high, most.high_open
    if all(each.vocabulary is not None for each in members) and members:
        shape.vocabulary = tuple(dict.fromkeys(value for each in members for value in each.vocabulary or ()))
    flagged: Mapping[str, Callable[[Shape], bool]] = {
        "strict": lambda each: each.vocabulary is None,
        "finite": lambda each: Type.NUMBER in each.types,
    }
    for name, matters in flagged.items():
        said = [getattr(each, name) for each in members if matters(each)]
        if said and all(each is True for each in said):
            setattr(shape, name, True)
        elif any(each is False for each in said):
            setattr(shape, name, False)


def _low(shape: Shape) -> float:
    return -float("inf") if shape.low is None else shape.low


def _high(shape: Shape) -> float:
    return float("inf") if shape.high is None else shape.high
