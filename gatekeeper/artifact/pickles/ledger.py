"""Where the facts of one file are collected while its opcodes go by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from gatekeeper.artifact.bounds import bounds
from gatekeeper.artifact.errors import TooLarge, Unfollowable
from gatekeeper.artifact.facts import (
    Artifact,
    Attribute,
    Call,
    Estimator,
    GlobalRef,
    Incomplete,
    LibraryVersion,
    State,
    Statistics,
    Tensor,
    Vocabulary,
)
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.limits import MAX_ATTRIBUTES, MAX_NAMES, MAX_OPCODES, MAX_TENSORS, SMALL_ARRAYS
from gatekeeper.artifact.pickles.calls import shown
from gatekeeper.artifact.pickles.roles import role_of
from gatekeeper.artifact.pickles.states import attributes
from gatekeeper.artifact.pickles.values import (
    RESERVED,
    Allowance,
    Array,
    Bag,
    Dictionary,
    Global,
    Object,
    Storage,
    Value,
    path_of,
)
from gatekeeper.artifact.pickles.vocabularies import ATTRIBUTES, vocabularies
from gatekeeper.errors import Unreadable

_VERSION_KEY = "_sklearn_version"
_SKLEARN = "sklearn"
_KEEP_OUT = "keep training data and large dictionaries out of the model file"
_UNKNOWN = "(something made while loading)"

_SIDE_FILE_WRAPPERS = (".NDArrayWrapper", ".ZNDArrayWrapper")
"""joblib before 0.10 wrote each array to a file of its own."""


@dataclass(slots=True)
class Held:
    """A tensor as it was met: its bytes are in the stream, or in a storage that another part of the file holds."""

    array: Array
    offset: int
    size: int
    statistics: tuple[Statistics, ...] | None
    """None for a tensor whose bytes are still to be scanned."""
    storage: Storage | None = None

    def tensor(self, member: str) -> Tensor:
        """Return the fact; its path is known once everything was put where it belongs."""
        return Tensor(
            name=path_of(self.array),
            element=str(self.array.element),
            shape=self.array.shape,
            offset=self.offset,
            size=self.size,
            member=member,
            statistics=self.statistics or (),
        )


class Ledger:
    """The facts so far, of a pickle and all that are nested in it; `member` names the part of the file they are of."""

    def __init__(self, member: str = "") -> None:
        self.member = member
        self.protocol = 0
        self.opcodes = 0
        self.objects = 0
        """Objects made by a call: what has none is data, not a model."""
        self.wrappers = 0
        self.arrays = 0
        self.array_bytes = 0
        self.nested = 0
        self.allowance = Allowance()
        self.tensors: list[Held] = []
        self.vocabularies: list[Vocabulary] = []
        self._small = SMALL_ARRAYS
        self._globals: dict[tuple[str, str], Global] = {}
        self._global_offsets: list[int] = []
        self._calls: dict[str, Call] = {}
        self._call_counts: Counter[str] = Counter()
        self._version_offsets: dict[str, int] = {}
        self._estimators: Counter[tuple[str, str, str]] = Counter()
        self._states: Counter[tuple[str, str, tuple[Attribute, ...]]] = Counter()
        self._state_offsets: list[int] = []
        self._attributes = 0

    def resolve(self, module: str, name: str, offset: int) -> Global:
        """Return the global of this name, and note it where it is new.

        Raises:
            Unreadable: it can't be a name in Python, or stands for an array in another file.
        """
        known = self._globals.get((module, name))
        if known is not None:
            return known
        path = f"{module}.{name}"
        if not (module and name and path.isprintable()):
            raise Unfollowable(f"at byte {offset} a global is named {path!r}, expected a module and a name")
        self._check_names(len(self._globals))
        found = Global(module, name, role_of(path))
        self._globals[module, name] = found
        self._global_offsets.append(offset)
        if path.endswith(_SIDE_FILE_WRAPPERS) and "joblib." in path:
            raise Unreadable(
                "the arrays of the model lie in other files, as joblib before 0.10 wrote them",
                fix="load it where it was trained and save it again with a current joblib.dump",
            )
        return found

    def note_call(self, callee: Global, arguments: Value, offset: int) -> None:
        """Note that loading calls a global."""
        self.objects += 1
        path = str(callee)
        self._call_counts[path] += 1
        if path not in self._calls:
            self._calls[path] = self._call(callee.module, callee.name, arguments, offset)

    def note_unknown_call(self, offset: int, arguments: Value) -> None:
        """Note that loading calls something that no global names."""
        self.objects += 1
        self._call_counts[_UNKNOWN] += 1
        self._calls.setdefault(_UNKNOWN, self._call("", _UNKNOWN, arguments, offset))

    def count_opcodes(self, count: int) -> None:
        """Add opcodes that were executed.

        Raises:
            TooLarge: there are more than MAX_OPCODES.
        """
        self.opcodes += count
        if self.opcodes > MAX_OPCODES:
            raise TooLarge(
                f"more than {MAX_OPCODES} opcodes",
                fix=_KEEP_OUT,
            )

    def may_keep_small(self, size: int) -> bool:
        """Whether so many bytes of an array may be kept; they then count until their owner is known."""
        if size > self._small:
            return False
        self._small -= size
        return True

    def add_tensor(
        self,
        array: Array,
        offset: int,
        size: int,
        statistics: tuple[Statistics, ...] | None,
        storage: Storage | None = None,
    ) -> None:
        """Note a tensor and where its bytes lie.

        Raises:
            TooLarge: there are more than MAX_TENSORS.
        """
        if len(self.tensors) >= MAX_TENSORS:
            raise TooLarge(f"more than {MAX_TENSORS} tensors", fix="split the model file")
        self.tensors.append(Held(array, offset, size, statistics, storage))

    def note_state(self, target: Value, state: Value, offset: int) -> None:
        """Note what the state says that an object is given at `offset`.

        scikit-learn (`BaseEstimator.__getstate__` and `__setstate__`) writes and reads the key of its version for
        classes of its own package only; in the state of another class it is an attribute like any other.

        Raises:
            Unreadable: there is a version, and no telling whose or which it is; or there are too many different states.
        """
        parts = state if type(state) is tuple and len(state) == 2 else (state,)
        for index, part in enumerate(parts):
            if type(part) is not Dictionary:
                continue
            if part.computed:
                # It could be `__class__`, or the key of the version.
                raise Unfollowable(f"at byte {offset} an object gets an attribute whose name is computed")
            _check_reserved(part, offset, slots=index == 1)
            if part.kept is not None and _VERSION_KEY in part.kept:
                self._note_version(target, part.kept[_VERSION_KEY], offset)
            if isinstance(target, Object):
                self._take_over(target, part, offset)

    def _take_over(self, owner: Object, state: Dictionary, offset: int) -> None:
        """Note the attributes that a state sets, and let go of what was kept for that."""
        if state.parent is None:
            state.parent = owner
        kept = state.kept or {}
        for attribute in ATTRIBUTES:
            if attribute in kept:
                self.vocabularies += vocabularies(str(owner.made_by), attribute, kept[attribute], offset)
        self._attributes += len(kept)
        if self._attributes > MAX_ATTRIBUTES:
            raise TooLarge(f"more than {MAX_ATTRIBUTES} attributes of objects", fix=_KEEP_OUT)
        if state.whole:
            key = owner.made_by.module, owner.made_by.name, attributes(state)
            if key not in self._states:
                self._check_names(len(self._states))
                self._state_offsets.append(offset)
            self._states[key] += 1
        for value in kept.values():
            self._let_go(value)
        state.release()

    def _let_go(self, value: Value) -> None:
        if isinstance(value, Array):
            self._small += len(value.data)
            value.data = b""
        elif isinstance(value, Bag):
            for leaf in value.leaves:
                if isinstance(leaf, Array):
                    self._let_go(leaf)

    def _note_version(self, target: Value, version: Value, offset: int) -> None:
        if not isinstance(target, Object):
            raise Unfollowable(f"at byte {offset} an object of unknown class carries a version of scikit-learn")
        made_by = target.made_by
        if made_by.module.partition(".")[0] != _SKLEARN:
            return
        if type(version) is not str or not version.isprintable():
            raise Unfollowable(f"at byte {offset} the version in a {made_by} is no readable string")
        self._version_offsets.setdefault(version, offset)
        self._estimators[made_by.module, made_by.name, version] += 1
        self._check_names(len(self._estimators))

    def _call(self, module: str, name: str, arguments: Value, offset: int) -> Call:
        return Call(module=module, name=name, offset=offset, count=1, arguments=shown(arguments), member=self.member)

    @staticmethod
    def _check_names(count: int) -> None:
        if count >= MAX_NAMES:
            raise TooLarge(
                f"more than {MAX_NAMES} different names", fix="split the model: no pipeline has so many classes"
            )

    @property
    def globals(self) -> tuple[GlobalRef, ...]:
        """The globals, in the order of the file."""
        return tuple(
            GlobalRef(module=module, name=name, offset=offset, member=self.member)
            for (module, name), offset in zip(self._globals, self._global_offsets, strict=True)
        )

    @property
    def calls(self) -> tuple[Call, ...]:
        """What loading would call, in the order of the file."""
        return tuple(replace(call, count=self._call_counts[path]) for path, call in self._calls.items())

    @property
    def versions(self) -> tuple[LibraryVersion, ...]:
        """The versions that objects carry."""
        totals: Counter[str] = Counter()
        for (_, _, version), count in self._estimators.items():
            totals[version] += count
        return tuple(
            LibraryVersion(library="scikit-learn", version=version, count=totals[version], offset=offset)
            for version, offset in self._version_offsets.items()
        )

    @property
    def estimators(self) -> tuple[Estimator, ...]:
        """The classes of scikit-learn whose objects carry a version."""
        return tuple(
            Estimator(module=module, name=name, version=version, count=count)
            for (module, name, version), count in self._estimators.items()
        )

    @property
    def states(self) -> tuple[State, ...]:
        """The different states that objects are given."""
        return tuple(
            State(module=module, name=name, attributes=found, count=count, offset=offset, member=self.member)
            for ((module, name, found), count), offset in zip(self._states.items(), self._state_offsets, strict=True)
        )

    def artifact(self, compression: str | None, size: int, incomplete: Incomplete | None = None) -> Artifact:
        """Return the facts of a file that is a pickle, of which `size` bytes were read."""
        return Artifact(
            format=Format.JOBLIB if self.wrappers else Format.PICKLE,
            compression=compression,
            protocol=self.protocol,
            size=size,
            opcodes=self.opcodes,
            arrays=self.arrays,
            array_bytes=self.array_bytes,
            nested=self.nested,
            globals=self.globals,
            calls=self.calls,
            versions=self.versions,
            bounds=bounds(self.globals, self.protocol),
            estimators=self.estimators,
            states=self.states,
            vocabularies=tuple(self.vocabularies),
            tensors=tuple(held.tensor(self.member) for held in self.tensors if held.storage is None),
            incomplete=incomplete,
        )


def _check_reserved(state: Dictionary, offset: int, *, slots: bool) -> None:
    """Make sure that a state changes nothing of what the facts rest on.

    Raises:
        Unfollowable: it gives the object another class, or another way to take its next state.
    """
    for key in sorted(RESERVED & (state.kept or {}).keys()):
        # A dictionary under the key `__dict__` is what pydantic writes; only in a state of slots does it get assigned.
        if slots or key != "__dict__":
            raise Unfollowable(f"at byte {offset} the state of an object sets its {key}")
