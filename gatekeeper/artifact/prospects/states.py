"""Whether the objects of a file have what the production version's methods read.

Unpickling calls no `__init__`: an object has the attributes of its state and those of its class. What a method reads
beyond these fails with an AttributeError the first time it is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gatekeeper.artifact.facts import Attribute, State
from gatekeeper.artifact.prospects.classes import Class, Family, family_of
from gatekeeper.artifact.prospects.following import Follower
from gatekeeper.artifact.prospects.prospect import Confidence, Kind, Prospect
from gatekeeper.artifact.prospects.sources import Sources
from gatekeeper.artifact.prospects.trace import Arguments, Read, Trace

ENTRIES = ("predict", "predict_proba", "decision_function", "transform", "score_samples", "apply")
"""What a service calls on a model."""

_NEVER_ENTERED = ("fit", "partial_fit", "get_", "set_", "__")
"""Methods that begin so are called in training, or handle parameters: not when a service calls the model."""
_VERSION = "_sklearn_version"
_CONTAINERS = frozenset({"list", "tuple", "dict", "set", "unknown"})
_OF_NAMES = frozenset({"feature_names_in_", "classes_", "categories_", "_feature_names_in"})
"""Arrays of objects that hold text or numbers and never a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcoming:
    """A read of what an object lacks.

    It is `firm` where nothing else must be known: a service's call always comes by the read, or no object that was
    made and fitted by the read source lacks the attribute, whatever its parameters are.
    """

    read: Read
    firm: bool


class Analysis:
    """The states of one file under one environment's sources. Containers are followed before what they hold."""

    def __init__(self, sources: Sources, states: Sequence[State]) -> None:
        self._sources = sources
        self._states = sorted(states, key=lambda state: state.offset, reverse=True)
        self._families: dict[tuple[str, str], Family | None] = {}
        self._held = {f"{state.module}.{state.name}": _names(states, state) for state in states}
        self.missing: dict[State, list[Shortcoming]] = {}
        self._asks: list[tuple[State, Trace]] = []
        for state in self._states:
            self._analyse(state)

    def family(self, module: str, name: str) -> Family | None:
        """Return the class of a dotted name with its bases; None where its source is not at hand."""
        key = (module, name)
        if key not in self._families:
            self._families[key] = family_of(self._sources, module, name)
        return self._families[key]

    def _analyse(self, state: State) -> None:
        family = self.family(state.module, state.name)
        if family is None or _is_template(family, state):
            return
        follower = Follower(self._sources, family, {each.name: each for each in state.attributes})
        held = self._is_held(state)
        if held:
            for name, arguments in sorted(self._asked_of(state).items()):
                if not name.startswith(_NEVER_ENTERED):
                    follower.enter(name, arguments or ())
        else:
            for name in ENTRIES:
                follower.enter(name)
        follower.trace.provided |= _restored(family) | self._set_by(("__setstate__",), state, family).provided
        self._asks.append((state, follower.trace))
        made = self._set_by(("__init__", "fit"), state, family).established
        self.missing[state] = [
            Shortcoming(read=read, firm=(read.certain and not held) or (not read.holder and read.attribute in made))
            for read in follower.trace.missing()
            if self._lacks(family, read)
        ]

    def _set_by(self, methods: Sequence[str], state: State, family: Family) -> Trace:
        """Return what some methods, and those that they call, set on an object."""
        follower = Follower(self._sources, family, {each.name: each for each in state.attributes})
        for method in methods:
            follower.enter(method)
        return follower.trace

    def _asked_of(self, state: State) -> dict[str, Arguments | None]:
        """Return what objects of the same package, those that may hold this one, ask others for.

        What an object asks for is meant for the nearest: where another object stands between the two, and answers to
        the name, it is not meant for this one.
        """
        nearer = [each for each in self._states if any(_is_of(attribute, state) for attribute in each.attributes)]
        found: dict[str, Arguments | None] = {}
        for asker, trace in self._asks:
            between = [each for each in nearer if each is not asker and each.offset < asker.offset]
            for name, arguments in trace.asked.items() if _top(asker) == _top(state) else ():
                if not any(self._answers(each, name) for each in between):
                    found[name] = arguments if found.get(name, arguments) == arguments else None
        return found

    def _answers(self, state: State, name: str) -> bool:
        family = self.family(state.module, state.name)
        return family is not None and family.has(name)

    def _lacks(self, family: Family, read: Read) -> bool:
        if not read.holder:
            return family.whole
        module, _, name = read.holder.rpartition(".")
        holder = self.family(module, name)
        if holder is None or not holder.whole or holder.has(read.attribute):
            return False
        return read.attribute not in self._held.get(read.holder, ()) and read.attribute not in _restored(holder)

    def _is_held(self, state: State) -> bool:
        """Whether another object of the file may hold this one, so that only that one's calls count.

        Pickles build what an object holds before the object itself. Where the source of a possible holder is not at
        hand its calls are not known, and the object is taken for one that a service calls.
        """
        holders = [each for each in self._states if each.offset > state.offset and _may_hold(each, state)]
        return bool(holders) and all(self.family(each.module, each.name) is not None for each in holders)


def lacking(states: Sequence[State], target: Sources, own: Sources | None) -> Iterator[Prospect]:
    """Yield what methods of the target's classes read and the states lack; with `own`, only what is new there."""
    there = Analysis(target, states)
    here = Analysis(own, states) if own is not None else None
    seen: set[tuple[str, str, str]] = set()
    for state, shortcomings in there.missing.items():
        compared = here is not None and state in here.missing
        known = (
            {(each.read.holder, each.read.attribute) for each in here.missing[state]} if here and compared else set()
        )
        for each in shortcomings:
            read = each.read
            key = (f"{state.module}.{state.name}", read.holder, read.attribute)
            if key in seen or (read.holder, read.attribute) in known or not (compared or each.firm):
                continue
            seen.add(key)
            yield _prospect(state, read, target, compared=compared)


def _prospect(state: State, read: Read, target: Sources, *, compared: bool) -> Prospect:
    subject = f"{state.module}.{state.name}"
    firm = Confidence.CERTAIN if read.certain else Confidence.COMPARED
    return Prospect(
        kind=Kind.MISSING_MEMBER if read.holder else Kind.MISSING_STATE,
        subject=subject,
        missing=read.attribute,
        holder=read.holder or subject,
        entry=read.entry,
        path=read.source.path,
        line=read.line,
        distribution=str(target.distribution(read.source) or ""),
        offset=state.offset,
        member=state.member,
        confidence=firm if compared else Confidence.UNCOMPARED,
    )


def _top(state: State) -> str:
    return state.module.partition(".")[0]


def _names(states: Iterable[State], like: State) -> frozenset[str]:
    """Return the attributes that some object of this class has."""
    alike = (each for each in states if (each.module, each.name) == (like.module, like.name))
    return frozenset(attribute.name for each in alike for attribute in each.attributes)


def _is_template(family: Family, state: State) -> bool:
    """Whether an estimator was never fitted: what fitting sets begins or ends with an underscore by convention."""
    if any(each.name.startswith("_") or each.name.endswith("_") for each in state.attributes if each.name != _VERSION):
        return False
    # The class that has `get_params` is the base of all, and knows how to set what every estimator has.
    return any(_sets_fitted(each) for each in family.classes if each.method("get_params") is None)


def _sets_fitted(each: Class) -> bool:
    """Whether the class sets an attribute whose name says that it comes from fitting; a Pipeline sets none."""
    return any(
        isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr.endswith("_")
        for node in ast.walk(each.node)
    )


def _restored(family: Family) -> set[str]:
    """Return the attributes that a `__setstate__` of the class may add: all texts in it, whatever they are for."""
    methods = (each.method("__setstate__") for each in family.classes)
    return {
        node.value
        for method in methods
        if method is not None
        for node in ast.walk(method)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _may_hold(holder: State, held: State) -> bool:
    return any(_holds(attribute) or _is_of(attribute, held) for attribute in holder.attributes)


def _is_of(attribute: Attribute, state: State) -> bool:
    return attribute.kind == "object" and attribute.type == f"{state.module}.{state.name}"


def _holds(attribute: Attribute) -> bool:
    if attribute.name in _OF_NAMES:
        return False
    return attribute.kind in _CONTAINERS or (attribute.kind == "array" and attribute.text == "object")
