"""Where the requests come from that may become golden records: tables, golden sets, and other tools' files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from gatekeeper.cli.manifest.sources import content, rows_of
from gatekeeper.contract.manifest.facts import Manifest
from gatekeeper.errors import Unreadable, UsageError

Row: TypeAlias = Mapping[str, Any]

_TABLES = (".csv", ".jsonl", ".ndjson", ".parquet")


def read_rows(path: Path, manifest: Manifest | None, columns: Sequence[str]) -> list[Row]:
    """Return the requests in a file.

    Args:
        path: CSV, JSON lines, Parquet; a golden set; what ONNX, MLflow and TF-Serving keep inputs in.
        manifest: Says which columns are inputs and of what kind; None where there is none.
        columns: The inputs' columns, where neither a manifest nor the file says which they are; empty for all.

    Raises:
        UsageError: there is no such file, or a column is missing.
        Unreadable: it can't be read.
    """
    if not path.exists():
        raise UsageError(f"--inputs: {path}: no such file", fix="name a table of requests, or a golden set")
    if path.is_dir() or path.suffix.lower() not in _TABLES or _is_golden(path):
        return _foreign(path)
    if path.suffix.lower() == ".parquet":
        return _chosen(_parquet(path), manifest, columns, path)
    data = content(path, str(path))
    if manifest is not None and not columns:
        return list(rows_of(data, path.name, manifest.requested, {}))
    rows = _lines(data, path) if path.suffix.lower() != ".csv" else _csv(data, path)
    return _chosen(rows, None, columns, path)


def _foreign(path: Path) -> list[Row]:
    from gatekeeper.replay.golden import document

    if (path / document.RECORDS).is_file() or (path.is_file() and _is_golden(path)):
        return [each.inputs for each in document.read(path).records]
    from gatekeeper.replay.imports.reading import read_inputs

    return [{name: _value(each) for name, each in record.items()} for record in read_inputs(path).records]


def _value(given: Any) -> Any:
    """Return an array as golden records have it; anything else is JSON's."""
    if not hasattr(given, "dtype"):
        return given
    from gatekeeper.replay.observed import Value

    return Value(dtype=str(given.dtype), shape=tuple(given.shape), values=given.reshape(-1))


def _is_golden(path: Path) -> bool:
    """Return whether a file begins with a golden set's header."""
    with path.open("rb") as stream:
        return stream.read(64).lstrip().startswith(b'{"header"')


def _parquet(path: Path) -> list[Row]:
    try:
        from gatekeeper.contract.tables.parquet import whole_rows
    except ModuleNotFoundError as error:
        what = "Parquet is read by pyarrow, which is not installed"
        raise UsageError(what, fix="pip install 'model-gatekeeper[data]', or give CSV") from error
    return list(whole_rows(path))


def _lines(data: bytes, path: Path) -> list[Row]:
    try:
        rows = [json.loads(line) for line in data.decode("utf-8").splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path} holds no lines of JSON: {error}", fix="write one object a line") from error
    rows = [row.get("inputs", row) if isinstance(row, dict) else row for row in rows if not _is_header(row)]
    if not all(isinstance(row, dict) for row in rows):
        raise Unreadable(f"{path} has a line that is no object", fix='write one object a line: {"units": 3}')
    return rows


def _is_header(row: object) -> bool:
    return isinstance(row, dict) and "header" in row


def _csv(data: bytes, path: Path) -> list[Row]:
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    except (ValueError, csv.Error) as error:
        raise Unreadable(f"{path} is no CSV: {error}", fix="give a table with one line of names") from error
    names = rows[0].keys() if rows else ()
    kinds = {name: _kind([row[name] for row in rows]) for name in names}
    return [{name: kinds[name](row[name]) if row[name] not in ("", None) else None for name in names} for row in rows]


def _kind(cells: Sequence[str | None]) -> Any:
    """Return what all cells of a column can be read as: integers, numbers, else text."""
    given = [each for each in cells if each not in ("", None)]
    for kind in (int, float):
        try:
            for each in given:
                kind(each)
        except ValueError:
            continue
        return kind
    return str


def _chosen(rows: list[Row], manifest: Manifest | None, columns: Sequence[str], path: Path) -> list[Row]:
    """Return the inputs' columns of the rows."""
    wanted = list(columns) or (list(manifest.requested) if manifest else [])
    if not wanted or not rows:
        return rows
    missing = [name for name in wanted if name not in rows[0]]
    if missing:
        has = ", ".join(rows[0])
        raise UsageError(f"--inputs: {path} has no column {missing[0]!r}", fix=f"it has: {has}")
    return [{name: row[name] for name in wanted} for row in rows]
