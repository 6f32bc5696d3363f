"""`manifest.yaml` read: every problem at once, each with line, column and the fix.

What is wrong in itself is told here. Whether it fits the model, the baseline and the code is judged by the check.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import BinaryIO

import msgspec
from msgspec import Struct

from gatekeeper import document
from gatekeeper.contract.manifest.facts import SCHEMA, Manifest
from gatekeeper.contract.manifest.flaws import Flaw, flaws
from gatekeeper.errors import PolicyError, Problem
from gatekeeper.model import Location


class Error(Struct, frozen=True, kw_only=True):
    """One problem of a manifest: what, how to mend it, and where."""

    what: str
    fix: str
    line: int | None
    column: int | None
    key: str | None


class Reading(Struct, frozen=True, kw_only=True):
    """What was made of a file: the manifest, or every problem in it; and where each key stands.

    Attributes:
        manifest: None where there are errors.
        marks: dotted key to (line, column), both from 1.
    """

    manifest: Manifest | None
    errors: tuple[Error, ...]
    marks: Mapping[str, tuple[int, int]]

    def mark(self, key: str) -> tuple[int | None, int | None]:
        """Return line and column of a key, or of its nearest parent."""
        while key and key not in self.marks:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.marks.get(key, (None, None))


def read(stream: BinaryIO) -> Reading:
    """Return what is in an open file. It never raises for what is in it: problems are part of the answer."""
    data = stream.read(document.MAX_BYTES + 1)
    try:
        loaded = document.load(data, "", Manifest)
    except PolicyError as error:
        return Reading(manifest=None, errors=tuple(_error(each) for each in error.problems), marks={})
    except RecursionError:
        what, fix = "nested too deeply to be read", "flatten it; a few levels are enough"
        return Reading(manifest=None, errors=(Error(what=what, fix=fix, line=1, column=1, key=None),), marks={})
    reading = Reading(manifest=loaded.value, errors=(), marks=dict(loaded.marks))
    wrong = tuple(_placed(reading, flaw) for flaw in flaws(loaded.value))
    return msgspec.structs.replace(reading, manifest=None, errors=wrong) if wrong else reading


def load(data: bytes, path: str) -> Manifest:
    """Return the manifest in a file's bytes, for a command.

    Raises:
        PolicyError: with every problem; `path` stands in each.
    """
    reading = read(io.BytesIO(data))
    if reading.manifest is None:
        raise PolicyError(
            [
                Problem(
                    at=Location(path=path, line=each.line, column=each.column, key=each.key),
                    what=each.what,
                    fix=each.fix,
                )
                for each in reading.errors
            ]
        )
    return reading.manifest


def _error(problem: Problem) -> Error:
    at = problem.at
    return Error(what=problem.what, fix=problem.fix, line=at.line, column=at.column, key=at.key)


def _placed(reading: Reading, flaw: Flaw) -> Error:
    line, column = reading.mark(flaw.key)
    return Error(what=f"{flaw.key}: {flaw.what}", fix=flaw.fix, line=line, column=column, key=flaw.key)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a manifest, generated from its types."""
    generated = msgspec.json.schema(Manifest)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA} | generated
