"""Whether the objects of a file have what the production version's methods read.

Unpickling calls no `__init__`: an object has the attributes of its state and those of its class. What a method reads
beyond these fails with an AttributeError the first time it is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

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


class Analysis:
    """The states of one file under one environment's sources. Containers are followed before what they hold."""

    def __init__(self, sources: Sources, states: Sequence[State]) -> None:
        self._sources = sources
        self._states = sorted(states, key=lambda state: state.offset, reverse=True)
        self._families: dict[tuple[str, str], Family | None] = {}
        self._held = {f"{state.module}.{state.name}": _names(states, state) for state in states}
        self.missing: dict[State, list[Read]] = {}
        self._asked: dict[str, dict[str, Arguments | None]] = {}
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
        if self._is_held(state):
            for name, arguments in sorted(self._asked.get(_top(state), {}).items()):
                if not name.startswith(_NEVER_ENTERED):
                    follower.enter(name, arguments or ())
        else:
            for name in ENTRIES:
                follower.enter(name)
        follower.trace.provided |= _restored(family) | self._set_on_loading(state, family)
        self._note_asked(state, follower.trace)
        self.missing[state] = [read for read in follower.trace.missing() if self._lacks(family, read)]

    def _set_on_loading(self, state: State, family: Family) -> set[str]:
        """Return the attributes that `__setstate__` and what it calls set."""
        follower = Follower(self._sources, family, {each.name: each for each in state.attributes})
        follower.enter("__setstate__")
        return follower.trace.provided

    def _note_asked(self, state: State, trace: Trace) -> None:
        """Note what objects of a package ask others for: only of their own package they can mean these methods."""
        asked = self._asked.setdefault(_top(state), {})
        for name, arguments in trace.asked.items():
            asked[name] = arguments if asked.get(name, arguments) == arguments else None

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
    for state, reads in there.missing.items():
        compared = here is not None and state in here.missing
        known = {(read.holder, read.attribute) for read in here.missing[state]} if here and compared else set()
        for read in reads:
            key = (f"{state.module}.{state.name}", read.holder, read.attribute)
            if key in seen or (read.holder, read.attribute) in known or not (compared or read.certain):
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
    """Whether an estimator holds nothing but what its constructor was given: it was never fitted."""
    # The class that has `get_params` is the base of all, and knows how to set what every estimator has.
    if not any(_sets_fitted(each) for each in family.classes if each.method("get_params") is None):
        return False
    constructor = family.find("__init__")
    arguments = constructor[1].args if constructor is not None else None
    names = {each.arg for each in (*arguments.args, *arguments.kwonlyargs)} if arguments is not None else set()
    return {attribute.name for attribute in state.attributes} <= {*names, _VERSION}


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
    dotted = f"{held.module}.{held.name}"
    return any(_holds(attribute, dotted) for attribute in holder.attributes)


def _holds(attribute: Attribute, dotted: str) -> bool:
    if attribute.name in _OF_NAMES:
        return False
    if attribute.kind == "object":
        return attribute.type == dotted
    return attribute.kind in _CONTAINERS or (attribute.kind == "array" and attribute.text == "object")
