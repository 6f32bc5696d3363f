"""ONNX test data: folders `test_data_set_0`, ... with `input_0.pb`, ..., as ONNX' own backend tests have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gatekeeper.replay.imports.facts import Imported, check_count, read_file, refuse
from gatekeeper.replay.imports.wire import Malformed

_SET = re.compile(r"test_data_set_(\d{1,9})")
_INPUT = re.compile(r"input_(\d{1,9})\.pb")
_MAX_SETS = 10_000
_MAX_INPUTS = 1000


def is_onnx(path: Path) -> bool:
    """Return whether a path is a folder of test data, a folder of such folders, or one tensor."""
    if path.is_dir():
        return bool(_sets(path) or _inputs(path))
    return path.suffix == ".pb"


def read(path: Path, names: Sequence[str] = ()) -> Imported:
    """Return a record for each set of test data.

    Args:
        path: A folder `test_data_set_N`, one that holds such folders, or one tensor's file.
        names: Of the inputs, in the order of their files; else each tensor's own name, or "input_0".

    Raises:
        Unreadable: a tensor is none, a name comes twice, or there is no input.
    """
    sets = [path] if not path.is_dir() or _inputs(path) else _sets(path)
    records, notes = [], []
    for each in sets[:_MAX_SETS]:
        files = _inputs(each) if each.is_dir() else [each]
        if not files:
            refuse(f"{each} holds no input_0.pb", fix="leave out a set of test data without inputs")
        record, said = _record(files, names)
        records.append(record)
        notes += said
    check_count(len(records))
    if len(sets) > _MAX_SETS:
        refuse(f"{path} holds {len(sets):,} sets of test data, expected at most {_MAX_SETS:,}", fix="import fewer")
    origins = tuple(each.name for each in sets)
    return Imported(format="ONNX test data", records=tuple(records), origins=origins, notes=tuple(dict.fromkeys(notes)))


def _record(files: Sequence[Path], names: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    from gatekeeper.replay.imports.tensors import onnx_tensor  # noqa: PLC0415 - numpy is loaded for tensors

    if names and len(names) != len(files):
        what = f"{files[0].parent} has {len(files)} inputs, and {len(names)} names were given"
        refuse(what, fix="give a name for each input, in the order of their files")
    record: dict[str, Any] = {}
    notes = []
    for position, file in enumerate(files):
        try:
            tensor = onnx_tensor(memoryview(read_file(file)))
        except Malformed as error:
            refuse(f"{file} is no tensor that can be read: {error}")
        name = names[position] if names else tensor.name or f"input_{position}"
        if name in record:
            refuse(f"two inputs in {file.parent} are called {name!r}", fix="give a name for each input")
        record[name] = tensor.value
        if tensor.note:
            notes.append(f"{name}: {tensor.note}")
    return record, notes


def _sets(folder: Path) -> list[Path]:
    return _numbered(folder, _SET, folders=True)


def _inputs(folder: Path) -> list[Path]:
    return _numbered(folder, _INPUT, folders=False)[:_MAX_INPUTS]


def _numbered(folder: Path, pattern: re.Pattern[str], *, folders: bool) -> list[Path]:
    """Return what has such a name, by its number."""
    found = []
    for each in folder.iterdir():
        match = pattern.fullmatch(each.name)
        if match is not None and each.is_dir() == folders:
            found.append((int(match[1]), each.name, each))
    return [each for _, _, each in sorted(found)]
