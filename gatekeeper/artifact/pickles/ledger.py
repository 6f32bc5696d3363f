"""Where the facts of one file are collected while its opcodes go by."""

from __future__ import annotations

from collections import Counter

from gatekeeper.artifact.errors import TooLarge, Unfollowable
from gatekeeper.artifact.facts import Artifact, Estimator, GlobalRef, LibraryVersion
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.limits import MAX_NAMES, MAX_OPCODES
from gatekeeper.artifact.pickles.values import Dictionary, Global, Instance, Role, Value
from gatekeeper.errors import Unreadable

_VERSION_KEY = "_sklearn_version"
_SKLEARN = "sklearn"

_ROLES = {
    "copyreg._reconstructor": Role.CONSTRUCTOR,
    "copyreg.__newobj__": Role.CONSTRUCTOR,
    "copyreg.__newobj_ex__": Role.CONSTRUCTOR,
    "numpy.dtype": Role.DTYPE,
    "joblib.numpy_pickle.NumpyArrayWrapper": Role.ARRAY,
    "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper": Role.ARRAY,
}
"""By module and name with a dot between: protocol 4 may split a dotted path anywhere."""

_SIDE_FILE_WRAPPERS = (".NDArrayWrapper", ".ZNDArrayWrapper")
"""joblib before 0.10 wrote each array to a file of its own."""


class Ledger:
    """The facts so far, over the pickle and all pickles nested in it."""

    def __init__(self) -> None:
        self.protocol = 0
        self.opcodes = 0
        self.objects = 0
        """Objects made by a call: what has none is data, not a model."""
        self.wrappers = 0
        self.arrays = 0
        self.array_bytes = 0
        self.nested = 0
        self._globals: dict[tuple[str, str], Global] = {}
        self._global_offsets: list[int] = []
        self._version_offsets: dict[str, int] = {}
        self._estimators: Counter[tuple[str, str, str]] = Counter()

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
        if path.endswith(_SIDE_FILE_WRAPPERS) and "joblib." in path:
            raise Unreadable(
                "the arrays of the model lie in other files, as joblib before 0.10 wrote them",
                fix="load it where it was trained and save it again with a current joblib.dump",
            )
        self._check_names(len(self._globals))
        found = Global(module, name, _ROLES.get(path, Role.ORDINARY))
        self._globals[module, name] = found
        self._global_offsets.append(offset)
        return found

    def count_opcodes(self, count: int) -> None:
        """Add opcodes that were executed.

        Raises:
            TooLarge: there are more than MAX_OPCODES.
        """
        self.opcodes += count
        if self.opcodes > MAX_OPCODES:
            raise TooLarge(
                f"more than {MAX_OPCODES} opcodes",
                fix="keep training data and large dictionaries out of the model file",
            )

    def note_state(self, target: Value, state: Value, offset: int) -> None:
        """Look for a version of scikit-learn in the state that an object is given at `offset`.

        scikit-learn (`BaseEstimator.__getstate__` and `__setstate__`) writes and reads the key for classes of its own
        package only; in the state of another class it is an attribute like any other.

        Raises:
            Unfollowable: there is one, and no telling whose or which it is.
        """
        for part in state if type(state) is tuple and len(state) == 2 else (state,):
            if type(part) is Dictionary and part.kept is not None and _VERSION_KEY in part.kept:
                self._note_version(target, part.kept[_VERSION_KEY], offset)

    def _note_version(self, target: Value, version: Value, offset: int) -> None:
        if not isinstance(target, Instance):
            raise Unfollowable(f"at byte {offset} an object of unknown class carries a version of scikit-learn")
        made_by = target.made_by
        if made_by.module.partition(".")[0] != _SKLEARN:
            return
        if type(version) is not str or not version.isprintable():
            raise Unfollowable(f"at byte {offset} the version in a {made_by} is no readable string")
        self._version_offsets.setdefault(version, offset)
        self._estimators[made_by.module, made_by.name, version] += 1
        self._check_names(len(self._estimators))

    @staticmethod
    def _check_names(count: int) -> None:
        if count >= MAX_NAMES:
            raise TooLarge(
                f"more than {MAX_NAMES} different names", fix="split the model: no pipeline has so many classes"
            )

    def artifact(self, compression: str | None, size: int) -> Artifact:
        """Return the facts, once the whole of the file's `size` bytes was read."""
        totals: Counter[str] = Counter()
        for (_, _, version), count in self._estimators.items():
            totals[version] += count
        return Artifact(
            format=Format.JOBLIB if self.wrappers else Format.PICKLE,
            compression=compression,
            protocol=self.protocol,
            size=size,
            opcodes=self.opcodes,
            arrays=self.arrays,
            array_bytes=self.array_bytes,
            nested=self.nested,
            globals=tuple(
                GlobalRef(module=module, name=name, offset=offset)
                for (module, name), offset in zip(self._globals, self._global_offsets, strict=True)
            ),
            versions=tuple(
                LibraryVersion(library="scikit-learn", version=version, count=totals[version], offset=offset)
                for version, offset in self._version_offsets.items()
            ),
            estimators=tuple(
                Estimator(module=module, name=name, version=version, count=count)
                for (module, name, version), count in self._estimators.items()
            ),
        )
