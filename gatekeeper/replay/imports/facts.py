"""What was imported: records, and where each came from."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from gatekeeper.errors import Unreadable

MAX_FILE = 64 << 20
"""Bytes of one file."""

MAX_RECORDS = 100_000

_AGAIN = "write it again with the tool that made it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Inputs of another tool.

    Attributes:
        format: "ONNX test data", "MLflow input example" or "TF-Serving warm-up".
        records: values by name: JSON's, or numpy arrays.
        origins: of each record, where it came from: "test_data_set_0", "input_example.json, row 3".
        notes: what whoever uses them should know: types that were widened, what was left out.
    """

    format: str
    records: tuple[Mapping[str, Any], ...]
    origins: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_file(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        Unreadable: it is no file, can't be read, or is larger than `MAX_FILE`.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unreadable(f"{path} can't be read: {error.strerror}", fix="name a file that is there") from error
    with os.fdopen(opened, "rb") as source:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise Unreadable(f"{path} is no file", fix="name a file or folder of inputs")
        data = source.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        what = f"{path} is larger than {MAX_FILE >> 20} MiB"
        raise Unreadable(what, fix="import fewer inputs: some hundred records are enough")
    return data


def refuse(what: str, fix: str = _AGAIN) -> NoReturn:
    """Say that a file is not what it should be.

    Raises:
        Unreadable: always.
    """
    raise Unreadable(what, fix=fix)


def check_count(count: int) -> None:
    """Look whether there are records, and not too many.

    Raises:
        Unreadable: there is none, or more than `MAX_RECORDS`.
    """
    if not count:
        refuse("there is no input in it", fix="import one that holds inputs")
    if count > MAX_RECORDS:
        refuse(f"there are {count:,} inputs in it, expected at most {MAX_RECORDS:,}", fix="import fewer")
