"""skops: a zip file with a tree of types in schema.json, and npy members with the arrays.

Source: skops 0.16 (`skops/io`): every node of the tree has `__class__`, `__module__`, `__loader__` and, where it has
children, `content`; the root has `protocol` and `_skops_version` as well. Loading imports what a node names.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.json_text import read_json
from gatekeeper.artifact.containers.limits import MAX_JSON
from gatekeeper.artifact.containers.member_reading import Reader, read_members
from gatekeeper.artifact.containers.numpy_files import read_npz
from gatekeeper.artifact.containers.streams import length_of, take
from gatekeeper.artifact.errors import Damaged, TooLarge
from gatekeeper.artifact.facts import Artifact, Estimator, GlobalRef, LibraryVersion, Oddity
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.limits import MAX_NAMES

_SCHEMA = "schema.json"
_VERSION_KEY = "_sklearn_version"
_SKLEARN = "sklearn"
_COPIED = 2**16
"""Bytes that are copied at a time."""
_CLASS = re.compile(rb'"__class__"\s*:\s*"([^"\\]*)"')


def read_skops(stream: BinaryIO) -> Artifact:
    """Read the types that a skops file names, the versions that its estimators carry, and its arrays."""
    inventory = Inventory(Format.SKOPS)
    archive = Archive.read(stream)
    own: dict[str, Reader] = {each.name: _read_sparse for each in archive.members if each.name.endswith(".npz")}
    own[_SCHEMA] = _read_schema
    read_members(archive, inventory, _is_expected, own)
    if not any(member.name == _SCHEMA for member in archive.members):
        inventory.stop(Damaged(f"the archive has no {_SCHEMA}, expected the tree of types"))
    return inventory.artifact(archive.size)


def _read_sparse(stream: BinaryIO) -> Artifact:
    """Read a sparse matrix, which scipy wrote as npz.

    It is copied to a file without a name first: an archive is not read in order, and a member that inflates begins
    again with every step back.
    """
    with TemporaryFile() as copied:
        copyfileobj(stream, copied, _COPIED)
        copied.seek(0)
        return read_npz(cast("BinaryIO", copied))


def _is_expected(name: str, found: Format | None) -> bool:
    # Bytes that belong to an object lie in a member of their own.
    return (name.endswith(".npy") and found is Format.NPY) or (name.endswith(".bin") and found is None)


def _read_schema(stream: BinaryIO) -> Artifact:
    inventory = Inventory(Format.SKOPS)
    length = length_of(stream)
    with inventory.reading():
        if length > MAX_JSON:
            raise TooLarge(f"a schema of {length} bytes, expected at most {MAX_JSON}", fix="split the model")
        data = take(stream, length, "the schema")
        tree, repeated = read_json(data, "the schema")
        for key in repeated:
            inventory.flaw(Oddity.DUPLICATE_MEMBER, f"the schema has the key {key!r} more than once in one object", 0)
        if not isinstance(tree, dict):
            raise Damaged("the schema is no JSON object")
        for key in ("_skops_version", "protocol"):
            if key in tree:
                inventory.tell(key.removeprefix("_"), tree[key])
        _Tree(data, inventory).read(tree)
    return inventory.artifact(length)


class _Tree:
    """Goes through the nodes of a schema in the order of the file."""

    def __init__(self, data: bytes, inventory: Inventory) -> None:
        self._inventory = inventory
        self._offsets: dict[str, int] = {}
        for match in _CLASS.finditer(data):
            self._offsets.setdefault(match[1].decode("utf-8", "replace"), match.start())
        self._globals: dict[tuple[str, str], GlobalRef] = {}
        self._versions: Counter[tuple[str, str, str]] = Counter()

    def read(self, tree: dict[str, Any]) -> None:
        """Note what the nodes name.

        Raises:
            Unreadable: a node names no class, or there are too many different names.
        """
        for node in _nodes(tree):
            if "__class__" in node or "__module__" in node:
                self._name(node)
        self._inventory.globals += self._globals.values()
        totals: Counter[str] = Counter()
        for (module, name, version), count in self._versions.items():
            totals[version] += count
            self._inventory.estimators.append(Estimator(module=module, name=name, version=version, count=count))
        for version, count in totals.items():
            self._inventory.versions.append(
                LibraryVersion(library="scikit-learn", version=version, count=count, offset=0)
            )

    def _name(self, node: dict[str, Any]) -> None:
        module, name = node.get("__module__"), node.get("__class__")
        if not isinstance(module, str) or not isinstance(name, str) or not f"{module}.{name}".isprintable():
            raise Damaged(f"a node of the schema names {module!r} and {name!r}, expected a module and a class")
        if (module, name) not in self._globals:
            if len(self._globals) >= MAX_NAMES:
                raise TooLarge(f"more than {MAX_NAMES} different names", fix="split the model")
            self._globals[module, name] = GlobalRef(module=module, name=name, offset=self._offsets.get(name, 0))
        version = _version(node)
        if version is not None and module.partition(".")[0] == _SKLEARN:
            self._versions[module, name, version] += 1


def _nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every object in the tree, parents first, without recursion."""
    waiting: list[Any] = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def _version(node: dict[str, Any]) -> str | None:
    """Return the version of scikit-learn in the state of the object that a node stands for.

    Raises:
        Damaged: there is one that is no string.
    """
    content = node.get("content")
    state = content.get("content") if isinstance(content, dict) else None
    held = state.get(_VERSION_KEY) if isinstance(state, dict) else None
    if held is None:
        return None
    try:
        version = json.loads(held["content"])
    except (TypeError, KeyError, ValueError, RecursionError) as error:
        raise Damaged("a version of scikit-learn in the schema is no string in JSON") from error
    if not isinstance(version, str) or not version.isprintable():
        raise Damaged("a version of scikit-learn in the schema is no readable string")
    return version
