"""From a class to what it takes: its configuration, its fields along its bases, and what could undo its checks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from gatekeeper.inference.facts import Place
from gatekeeper.inference.modules import Class
from gatekeeper.inference.sources import Source
from gatekeeper.inference.validation import kinds
from gatekeeper.inference.validation.configuration import Configuration, configuration_of
from gatekeeper.inference.validation.constraints import Shape, take_default
from gatekeeper.inference.validation.facts import Field, InputModel, Loosening, Type
from gatekeeper.inference.validation.lookup import Lookup, Where
from gatekeeper.inference.validation.shapes import shape_of
from gatekeeper.inference.validation.words import demanded, mapped

MAX_MODELS = 200
"""Models that one is made of, nested ones included."""

_EARLY = frozenset({"before", "wrap", "plain"})
_OWN = frozenset({"__init__", "__new__", "model_validate", "parse_obj", "__get_pydantic_core_schema__", "validate"})
"""Methods that stand in for pydantic's own, so that its checks may not be what runs."""


class Models:
    """The models of a project, each read once."""

    def __init__(self, lookup: Lookup, sources: Mapping[str, Source]) -> None:
        self.lookup = lookup
        self._sources = sources
        self._read: dict[Class, InputModel] = {}
        self._nested: dict[Class, list[Class]] = {}

    def model(self, class_: Class) -> InputModel:
        """Return what a class takes."""
        if class_ not in self._read:
            self._read[class_] = self._model(class_)
        return self._read[class_]

    def within(self, class_: Class) -> list[InputModel]:
        """Return a model and all that are nested in it, itself first."""
        seen: dict[Class, None] = {}
        waiting = [class_]
        while waiting and len(seen) < MAX_MODELS:
            each = waiting.pop(0)
            if each not in seen:
                seen[each] = None
                self.model(each)
                waiting += self._nested[each]
        return [self._read[each] for each in seen]

    def _model(self, class_: Class) -> InputModel:
        own = self.lookup.project.ancestry(class_)[0]
        config = configuration_of(class_, self.lookup)
        self._nested[class_] = []
        fields: dict[str, Field] = {}
        for each in reversed(own):
            for node in each.node.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    made = self._field(node, node.target.id, each, config, class_)
                    if made is not None:
                        fields[node.target.id] = made
        self._words(own, fields)
        unjudged = [*config.unjudged, *self._unseen(class_)]
        return InputModel(
            name=class_.dotted,
            fields=tuple(fields.values()),
            extra=config.extra,
            strict=config.strict,
            finite=config.finite,
            frozen=config.frozen,
            loosened=tuple(self._loosened(own)),
            unjudged=tuple(dict.fromkeys(unjudged)),
            at=self._place(class_, class_.node),
        )

    def _words(self, own: list[Class], fields: dict[str, Field]) -> None:
        """Put in the vocabularies that are written as code: validators that demand a word, methods that map others."""
        for name, words in mapped(own, self.lookup).items():
            if name in fields and fields[name].vocabulary is None:
                fields[name] = replace(fields[name], mapped=words)
        for class_ in own:
            for method in class_.methods.values():
                for name in _validated(method.decorators):
                    known = demanded(method, self.lookup) if name in fields else None
                    if known is not None and fields[name].vocabulary is None:
                        fields[name] = replace(fields[name], vocabulary=known)

    def _unseen(self, class_: Class) -> Iterator[str]:
        """Yield the bases that the tree does not have: they may have fields and validators."""
        for each in self.lookup.project.ancestry(class_)[1]:
            known = each.partition(".")[0] in {"pydantic", "typing", "typing_extensions", "abc", "ninja", "enum"}
            if not known and each not in {"BaseModel", "object", "sqlmodel.SQLModel"}:
                yield f"its base {each} is not in the code"
        for node in class_.node.body:
            if isinstance(node, ast.If | ast.For | ast.Try | ast.While | ast.With):
                yield "its body has statements that are decided when the code runs"

    def _field(self, node: ast.AnnAssign, name: str, home: Class, config: Configuration, class_: Class) -> Field | None:
        if name.startswith("_") or name == "model_config" or _is_class_variable(node.annotation):
            return None
        where = Where(home.module, home.parent, home)
        shape = shape_of(node.annotation, where, self.lookup)
        if node.value is not None:
            take_default(shape, node.value, where, self.lookup)
        nested = [each for each in shape.models if isinstance(each, Class)]
        self._nested[class_] += nested
        return Field(
            name=shape.alias or name,
            attribute=name,
            types=tuple(sorted(shape.types, key=list(Type).index)) or (Type.ANY,),
            nullable=shape.nullable,
            required=not shape.given,
            default=shape.default,
            made=shape.given and not shape.null and shape.default is None,
            low=shape.low,
            high=shape.high,
            low_open=shape.low_open,
            high_open=shape.high_open,
            multiple_of=shape.multiple_of,
            vocabulary=shape.vocabulary,
            strict=_either(shape.strict, config.strict),
            finite=_finite(shape, config),
            models=tuple(each.dotted for each in nested),
            unjudged=tuple(shape.unjudged),
            at=self._place(home, node),
        )

    def _loosened(self, own: list[Class]) -> Iterator[Loosening]:
        for class_ in own:
            for name, method in class_.methods.items():
                if name in _OWN:
                    yield Loosening(what=f"its own {name}", fields=(), at=self._place(class_, method.node))
                for node in method.decorators:
                    where = Where(class_.module, class_.parent, class_)
                    found = _early(node, self.lookup.dotted(node.func if isinstance(node, ast.Call) else node, where))
                    if found is not None:
                        yield Loosening(what=found[0], fields=found[1], at=self._place(class_, method.node))

    def _place(self, class_: Class, node: ast.AST) -> Place:
        return self._sources[class_.module.path].place(node)


def _either(field: bool | None, config: bool | None) -> bool | None:  # noqa: FBT001 - two answers to one question
    return config if field is None else field


def _finite(shape: Shape, config: Configuration) -> bool | None:
    """Return whether NaN and infinity are refused; of what is no float, and of a closed list, they always are."""
    if shape.vocabulary is not None or not shape.types & {Type.NUMBER, Type.ANY, Type.OTHER, Type.LIST}:
        return True
    return False if Type.ANY in shape.types else _either(shape.finite, config.finite)


def _is_class_variable(node: ast.expr) -> bool:
    inner = node.value if isinstance(node, ast.Subscript) else node
    return (inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")) == "ClassVar"


def _early(node: ast.expr, dotted: str) -> tuple[str, tuple[str, ...]] | None:
    """Return what a decorator makes a method do before pydantic's own checks, and to which fields; None if nothing."""
    last = dotted.rpartition(".")[2]
    call = node if isinstance(node, ast.Call) else None
    given = {each.arg: each.value for each in call.keywords} if call else {}
    positional = [each.value for each in (call.args if call else ()) if isinstance(each, ast.Constant)]
    fields = tuple(each for each in positional if isinstance(each, str))
    fields = () if "*" in fields else fields
    mode = given.get("mode")
    if last in {"field_validator", "model_validator"}:
        said = mode.value if isinstance(mode, ast.Constant) else None
        unknown = mode is not None and said is None
        if unknown or said in _EARLY:
            shown = said if isinstance(said, str) else "?"
            return f'{last}(mode="{shown}")', fields if last == "field_validator" else ()
    if last in {"validator", "root_validator"}:
        pre = given.get("pre")
        if isinstance(pre, ast.Constant) and pre.value is True:
            return f"{last}(pre=True)", fields if last == "validator" else ()
    return None


def _validated(decorators: Sequence[ast.expr]) -> Iterator[str]:
    """Yield the fields that a method validates by its decorators."""
    for node in decorators:
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
            "field_validator",
            "validator",
        }:
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def is_model(class_: Class, lookup: Lookup) -> bool:
    """Return whether making an object of a class checks it."""
    kind = kinds.kind_of(class_, lookup)
    return kind is not None and kind.checks
