"""Keras: the zip file of Keras 3 and the HDF5 file of before. Both can run code when they are loaded: refused.

Source: keras 3.15 (`keras/src/saving/`). `config.json` names classes by module, and Keras imports and builds them with
the arguments that it finds there; a Lambda layer carries Python bytecode. `safe_mode` was passed by more than once
(CVE-2025-1550, CVE-2025-8747, CVE-2025-9906). What is here tells the reader why, and does not say that a file is clean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from gatekeeper.artifact.containers.archive import Archive
from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.json_text import read_json
from gatekeeper.artifact.containers.limits import MAX_JSON
from gatekeeper.artifact.containers.member_reading import read_members
from gatekeeper.artifact.containers.streams import length_of, take
from gatekeeper.artifact.errors import Damaged, EndOfFile, TooLarge
from gatekeeper.artifact.facts import Artifact, GlobalRef, Incomplete, Oddity
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.limits import MAX_NAMES

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_KERAS = ("keras", "tf_keras", "tensorflow", "builtins")
_LAMBDAS = ("Lambda", "__lambda__")
_EXPORT = "export the weights as safetensors and build the model in code, or convert it to ONNX"

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_SUPERBLOCK = 96
_OLD, _NEW = (0, 1), (2, 3)
"""Versions of the superblock that have the end of the file at byte 40 (and 4 later in version 1), and at byte 28."""


def read_keras(stream: BinaryIO) -> Artifact:
    """Read what a `.keras` file would build, and name what in it is code."""
    inventory = Inventory(Format.KERAS)
    archive = Archive.read(stream)
    what = f"can run code: Keras imports and builds what {_CONFIG} names"
    inventory.flaw(Oddity.RUNS_CODE, what, 0)
    read_members(archive, inventory, _is_expected, {_CONFIG: _read_config, _METADATA: _read_metadata})
    if not any(member.name == _CONFIG for member in archive.members):
        inventory.stop(Damaged(f"the archive has no {_CONFIG}, expected what the model is built of"))
    return inventory.artifact(archive.size)


def read_hdf5(stream: BinaryIO) -> Artifact:
    """Read the start of an HDF5 file: is it whole? What is in it is not read."""
    inventory = Inventory(Format.HDF5)
    length = length_of(stream)
    what = "can run code: Keras finds classes to build, and bytecode of Lambda layers, in HDF5 files"
    inventory.flaw(Oddity.RUNS_CODE, what, 0)
    with inventory.reading():
        _check_length(stream, length, inventory)
    inventory.stop(Incomplete(what="the content of an HDF5 file is not read", fix=_EXPORT))
    return inventory.artifact(length)


def _is_expected(name: str, found: Format | None) -> bool:
    return (name == _WEIGHTS and found is Format.HDF5) or (name.startswith("assets/") and found is None)


def _read_metadata(stream: BinaryIO) -> Artifact:
    inventory = Inventory(Format.KERAS)
    with inventory.reading():
        for key, value in _json_object(stream, _METADATA).items():
            inventory.tell(key, value)
    return inventory.artifact(length_of(stream))


def _read_config(stream: BinaryIO) -> Artifact:
    inventory = Inventory(Format.KERAS)
    with inventory.reading():
        named: dict[tuple[str, str], None] = {}
        for node in _nodes(_json_object(stream, _CONFIG)):
            named[_note(node, inventory)] = None
            if len(named) > MAX_NAMES:
                raise TooLarge(f"more than {MAX_NAMES} different names", fix=_EXPORT)
        inventory.globals += [GlobalRef(module=module, name=name, offset=0) for module, name in named]
    return inventory.artifact(length_of(stream))


def _json_object(stream: BinaryIO, name: str) -> dict[str, Any]:
    length = length_of(stream)
    if length > MAX_JSON:
        raise TooLarge(f"{name} has {length} bytes, expected at most {MAX_JSON}", fix=_EXPORT)
    value, repeated = read_json(take(stream, length, name), name)
    if not isinstance(value, dict) or repeated:
        raise Damaged(f"{name} is no JSON object in which each key is there once")
    return value


def _nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects that name a class, parents first, without recursion."""
    waiting: list[Any] = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if "class_name" in each:
                yield each
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def _note(node: dict[str, Any], inventory: Inventory) -> tuple[str, str]:
    """Return the module and class that a node names, and note what of it is no part of Keras."""
    module, name = node.get("module") or "", node["class_name"]
    registered = node.get("registered_name") or ""
    if not all(isinstance(text, str) and text.isprintable() for text in (module, name, registered)):
        raise Damaged(f"{_CONFIG} names {module!r} and {name!r}, expected a module and a class")
    config = node.get("config")
    called = config.get("name") if isinstance(config, dict) else None
    if name in _LAMBDAS:
        what = f"the Lambda layer {called!r} is Python bytecode" if called else "a lambda is Python bytecode"
        inventory.flaw(Oddity.RUNS_CODE, what, 0)
    elif module.partition(".")[0] not in _KERAS:
        what = f"{registered or f'{module}.{name}'!r} is no part of Keras: building it runs code of that name"
        inventory.flaw(Oddity.RUNS_CODE, what, 0)
    return module or registered.partition(">")[0], name


def _check_length(stream: BinaryIO, length: int, inventory: Inventory) -> None:
    """Hold the length of an HDF5 file against what its superblock says.

    Source: HDF5 File Format Specification 3.0, section II.A.
    """
    start = take(stream, min(length, _SUPERBLOCK), "the superblock").ljust(_SUPERBLOCK, b"\0")
    version = start[8]
    if not start.startswith(_HDF5_MAGIC) or version not in (*_OLD, *_NEW):
        raise Damaged("the file has no superblock of HDF5 of version 0 to 3 at its start")
    offset_size, at = (start[13], 40 + 4 * version) if version in _OLD else (start[9], 28)
    if offset_size != 8:
        raise Damaged(f"the superblock has offsets of {offset_size} bytes, expected 8")
    end = int.from_bytes(start[at : at + 8], "little")
    inventory.tell("superblock_version", version)
    if end > length:
        raise EndOfFile(length, f"the {end} bytes that the superblock announces")
    if end < length:
        inventory.flaw(Oddity.SUFFIX, f"{length - end} bytes follow the end of the HDF5 file, expected none", end)
