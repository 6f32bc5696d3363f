"""Data as columns: CSV, Parquet, Arrow and JSON lines files, data frames and arrays, all read the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatekeeper.contract.tables.columns import EVERYTHING, Selection, Table
from gatekeeper.errors import Unreadable, UsageError


def open_table(data: Any, name: str | None = None, selection: Selection = EVERYTHING) -> Table:
    """Return a table of a file's path, a DataFrame, an Arrow table, a 2-D array, or a mapping of names to arrays.

    Raises:
        Unreadable: there are no rows or columns, a name twice or none, a type that is not read, a broken file.
        UsageError: the selection says what a column is that is not there; or what reads the data is not installed.
    """
    try:
        table = _opened(data, name, selection)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("pyarrow"):
            raise
        what = "files, text and tables are read by pyarrow, which is not installed"
        raise UsageError(what, fix="install it beside the gate: pip install 'model-gatekeeper[data]'") from error
    unknown = None if selection.only is not None else next((e for e in selection.kinds if e not in table.columns), None)
    if unknown is not None:
        what = f"--category: {table.name} has no column {unknown!r}"
        raise UsageError(what, fix="correct its name, or leave the option out")
    return table


def _opened(data: Any, name: str | None, selection: Selection) -> Table:
    if isinstance(data, str | Path):
        from gatekeeper.contract.tables.files import open_file

        return open_file(Path(data), name or Path(data).name, selection)
    from gatekeeper.contract.tables.memory import open_memory

    return open_memory(data, name or "data", selection)


def check_names(names: list[str]) -> None:
    """Refuse columns without a name, and a name that is there twice.

    Raises:
        Unreadable: with the name and the place of the column.
    """
    if not names:
        raise Unreadable("has no columns", fix="name a file with a header and rows")
    seen: dict[str, int] = {}
    for place, each in enumerate(names, start=1):
        if not each.strip():
            fix = "give it a name; a table that pandas wrote with its index is written again with index=False"
            raise Unreadable(f"column {place} of {len(names)} has no name", fix=fix)
        if each in seen:
            what = f"the column {each!r} is there twice: number {seen[each]} and number {place}"
            raise Unreadable(what, fix="rename one of the two, or leave it out when the data is written")
        seen[each] = place


def no_rows(what: str) -> Unreadable:
    """Return what is said of data without rows."""
    return Unreadable(what, fix="give the rows: an export went wrong, or a filter left none")
