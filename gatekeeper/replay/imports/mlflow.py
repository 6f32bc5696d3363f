"""MLflow input examples: what is beside a model as `serving_input_example.json` and `input_example.json`.

The first is what is posted to a scoring server: `dataframe_split`, `dataframe_records`, `inputs` or `instances`
(https://mlflow.org/docs/latest/ml/deployment/). The second is a data frame as pandas splits it, or the example itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gatekeeper.replay.imports.facts import Imported, check_count, read_file, refuse

FILES = ("serving_input_example.json", "input_example.json")
"""The names, the plainest format first."""

_BARE = "input"
_ITSELF = "give the values names, or look whether this is an input example"


def is_mlflow(path: Path) -> bool:
    """Return whether a path is such a file, or a folder with one."""
    return path.suffix == ".json" or (path.is_dir() and any((path / each).is_file() for each in FILES))


def read(path: Path, names: Sequence[str] = ()) -> Imported:
    """Return the records of an input example: of a frame each row, of `instances` each item, of `inputs` all as one.

    Args:
        path: The file, or the model's folder.
        names: Of the columns where a frame or an item has none; of a bare value the first, else "input".

    Raises:
        Unreadable: it is no JSON, or of no format that is known.
    """
    if path.is_dir():
        path = next((path / each for each in FILES if (path / each).is_file()), path)
    said, notes = _json(path)
    rows, how = _rows(path, said, names)
    check_count(len(rows))
    origins = tuple(f"{path.name}, {how} {position}" if how else path.name for position in range(1, len(rows) + 1))
    if isinstance(said, dict) and "params" in said:
        notes = (*notes, "its params are left out")
    return Imported(format="MLflow input example", records=tuple(rows), origins=origins, notes=notes)


def _json(path: Path) -> tuple[Any, tuple[str, ...]]:
    """Return what the file says, and what was changed: NaN stands there for what is missing, and JSON has null."""
    missing = []

    def constant(name: str) -> None:
        if name != "NaN":
            raise ValueError(f"got {name}, which no request can hold")
        missing.append(name)

    try:
        text = read_file(path).decode("utf-8-sig")
        said = json.loads(text, object_pairs_hook=_once, parse_constant=constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        refuse(f"{path} is no JSON: {error.msg} (line {error.lineno})")
    except RecursionError:
        refuse(f"{path} is nested too deeply")
    except ValueError as error:  # not UTF-8, too
        refuse(f"{path} is no JSON that means one thing: {error}")
    return said, ("NaN, which no request in JSON can hold, was read as null",) if missing else ()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has a key twice")
    return found


def _finite(digits: str) -> float:
    if math.isinf(float(digits)):
        raise ValueError(f"got {digits[:40]}, beyond the largest float")
    return float(digits)


def _rows(path: Path, said: Any, names: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """Return the records, and what one is called in the file: "row" or "item", nothing where there is one."""
    match said:
        case {"dataframe_split": {"data": [*data], **split}}:
            found, how = _split(path, split.get("columns"), data, names), "row"
        case {"columns": [*columns], "data": [*data], **rest} if rest.keys() <= {"index"}:
            found, how = _split(path, columns, data, names), "row"
        case {"dataframe_records": [*items]}:
            found, how = _items(path, items, names), "row"
        case {"instances": [*items]}:
            found, how = _items(path, items, names), "item"
        case [{}, *_] as items:
            found, how = _items(path, items, names), "item"
        case {"dataframe_split": _} | {"dataframe_records": _} | {"instances": _}:
            refuse(f"{path} is no input example: its data is no list")
        case {"inputs": inputs}:
            found, how = [_one(inputs, names)], ""
        case _:
            found, how = [_one(said, names)], ""
    return found, how


def _one(said: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return a value as one record: an object by its members, anything else by the first name."""
    if isinstance(said, dict) and said:
        return dict(said)
    return {(names[0] if names else _BARE): said}


def _split(path: Path, columns: Any, data: list[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    width = len(data[0]) if data and isinstance(data[0], list) else 0
    if names and not isinstance(columns, list):
        columns = list(names)
    columns = [str(each) for each in (columns if isinstance(columns, list) else range(width))]
    if len(set(columns)) != len(columns):
        refuse(f"{path} has a column twice", fix="give each column a name of its own")
    for position, row in enumerate(data):
        if not isinstance(row, list) or len(row) != len(columns):
            got = f"{len(row)} values" if isinstance(row, list) else "no list"
            refuse(f"{path}, row {position + 1}: got {got}, expected one for each of {len(columns)} columns")
    return [dict(zip(columns, row, strict=True)) for row in data]


def _items(path: Path, items: list[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    kinds = {isinstance(each, dict) for each in items}
    if len(kinds) > 1:
        refuse(f"{path} has objects beside bare values", fix=_ITSELF)
    return [_one(each, names) for each in items]
