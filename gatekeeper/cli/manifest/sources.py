"""What the commands of a manifest read: the candidate's policy, its files, and rows of data."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gatekeeper import policy
from gatekeeper.contract.baseline.document import read as read_baseline_document
from gatekeeper.contract.baseline.facts import Baseline
from gatekeeper.contract.explanations.facts import Cell
from gatekeeper.contract.manifest.document import load
from gatekeeper.contract.manifest.facts import Input, Kind, Manifest
from gatekeeper.discovery import propose, survey
from gatekeeper.errors import Unreadable, UsageError
from gatekeeper.policy import Policy
from gatekeeper.reading import open_regular

LARGEST_DATA = 512 << 20
"""Bytes of a data file; rows are drawn from it in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A candidate's folder and what it declares."""

    root: Path
    policy: Policy

    def bytes_of(self, path: str) -> bytes:
        """Return a file of the candidate.

        Raises:
            Unreadable: it is absent, no regular file, or outside the folder.
        """
        real = (self.root / path).resolve()
        if not real.is_relative_to(self.root.resolve()):
            raise Unreadable(f"{path} leaves the candidate's folder", fix="copy the file into the folder")
        return content(real, path)

    def digest(self, path: str) -> str:
        """Return the sha256 of a file of the candidate."""
        return f"sha256:{hashlib.sha256(self.bytes_of(path)).hexdigest()}"

    def manifest(self) -> Manifest:
        """Return what the candidate's manifest says.

        Raises:
            UsageError: none is declared.
            PolicyError: with every problem in it.
        """
        path = self.policy.manifest
        if path is None:
            fix = "gatekeeper manifest draft CANDIDATE -o manifest.yaml, and add: manifest: manifest.yaml"
            raise UsageError(f"{self.root}: the policy declares no manifest", fix=fix)
        return load(self.bytes_of(path), path)

    def baseline(self) -> Baseline | None:
        """Return the candidate's baseline; None where none is declared."""
        path = self.policy.baseline
        return None if path is None else read_baseline_document(self.bytes_of(path))


def source(candidate: Path) -> Source:
    """Return the candidate in a folder; without a policy, what its content suggests.

    Raises:
        UsageError: there is no such folder.
        PolicyError: the policy is wrong.
    """
    if not candidate.is_dir():
        raise UsageError(f"{candidate}: no such folder", fix="give the folder of a release candidate")
    path = candidate / policy.FILE_NAME
    declared = policy.load(path, candidate).policy if path.exists() else propose(candidate, survey(candidate))
    return Source(root=candidate, policy=declared)


def content(path: Path, name: str) -> bytes:
    """Return a file's bytes.

    Raises:
        Unreadable: it can't be read, or is larger than LARGEST_DATA.
    """
    try:
        with open_regular(path) as stream:
            data = stream.read(LARGEST_DATA + 1)
    except Unreadable as error:
        raise Unreadable(f"{name} {error.what}", fix=error.fix) from error
    if len(data) > LARGEST_DATA:
        raise Unreadable(f"{name} has more than {LARGEST_DATA:,} bytes", fix="give a sample of its rows")
    return data


def rows_of(data: bytes, name: str, inputs: Mapping[str, Input], others: Mapping[str, Kind]) -> list[dict[str, Cell]]:
    """Return the rows of a CSV or JSON lines file, by column, as the inputs say what they are.

    Args:
        data: the file.
        name: its name, which says which of the two it is.
        inputs: the columns that are wanted.
        others: further columns, and what they are.

    Raises:
        Unreadable: a column is missing, or a value is none of its kind.
    """
    kinds = {each: declared.of for each, declared in inputs.items()} | dict(others)
    try:
        text = data.decode("utf-8-sig")
        if name.endswith((".jsonl", ".ndjson")):
            plain = [json.loads(line) for line in text.splitlines() if line.strip()]
            rows = [{**row.get("inputs", row), **row.get("outputs", {})} for row in plain if "header" not in row]
        else:
            rows = list(csv.DictReader(io.StringIO(text)))
        return [{column: _cell(row[column], kind) for column, kind in kinds.items()} for row in rows]
    except KeyError as error:
        raise Unreadable(f"{name} has no column {error}", fix=f"it must have: {', '.join(kinds)}") from error
    except (ValueError, AttributeError, TypeError, csv.Error) as error:
        raise Unreadable(f"{name} is no table of these inputs: {error}", fix="give a CSV or JSON lines file") from error


def _cell(value: object, kind: Kind) -> Cell:
    if value is None or value == "":
        return None
    if kind is Kind.INTEGER:
        number = float(str(value))
        return int(number) if number.is_integer() else number
    if kind is Kind.NUMBER:
        return float(str(value))
    if kind is Kind.BOOLEAN:
        return str(value).lower() in {"true", "1", "1.0", "yes"}
    return str(value)
