"""The model asked about many rows at once; where that raises, the rows that do are found by halving."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from gatekeeper.replay.inside.calls import Fault, Unfit, attempt, module, named
from gatekeeper.replay.inside.values import tagged

MAX_CALLS = 2048
"""Calls of the model while rows are looked for that raise; what is left is told with the exception of its batch."""

_SAMPLE = 8
"""Rows that are asked one by one after a batch has raised: where each raises the same, all do."""

_SCALARS = (str, int, float, bool)

if TYPE_CHECKING:
    Answer = tuple[dict[str, Any], list[tuple[str, Any]]]
    Block = tuple[int, int, Any]


def predict(model: Any, request: dict[str, Any], columns: list[tuple[str, Any]]) -> Answer:
    """Return the outputs of the rows that have some, and the fault of each row that raises.

    Raises:
        Unfit: there is no such method, or it returns what is not one output a row.
        Exception: what the model raises for no row at all, as without any row.
    """
    method = getattr(model, request["method"], None)
    if not callable(method):
        raise Unfit("{} has no method {}".format(named(type(model)), request["method"]))
    table = _Table(model, columns, request["frame"])
    blocks, faults = _answered(method, table)
    said: dict[str, Any] = {
        "fed_as": table.kind,
        "faults": [{"row": row, "fault": fault.document()} for row, fault in sorted(faults.items())],
        "rows": [[start, stop] for start, stop, _ in blocks],
        "labels": None,
    }
    if not blocks:
        return said, []
    if isinstance(blocks[0][2], list):
        said["labels"] = [each for _, _, labels in blocks for each in labels]
        return said, []
    numpy = module("numpy", "outputs that are numbers")
    return said, [("outputs", numpy.concatenate([values for _, _, values in blocks]))]


class _Table:
    """The rows as the model takes them: a frame where it was fitted with names, an array else."""

    def __init__(self, model: Any, columns: list[tuple[str, Any]], frame: Any) -> None:
        self.rows = len(columns[0][1]) if columns else 0
        if frame is None:
            names = attempt(lambda: model.feature_names_in_ is not None)
            frame = names is True
        if frame:
            pandas = module("pandas", "the model was fitted with column names and is fed a frame")
            self.kind, self._data = "frame", pandas.DataFrame(dict(columns))
            return
        numpy = attempt(module, "numpy", "rows as an array")
        if isinstance(numpy, Fault):
            self.kind, self._data = "lists", [list(row) for row in zip(*(values for _, values in columns))]  # noqa: B905 - zip knows strict since 3.10
        else:
            self.kind, self._data = "array", _stacked(numpy, [values for _, values in columns])

    def take(self, start: int, stop: int) -> Any:
        if (start, stop) == (0, self.rows):
            return self._data
        return self._data.iloc[start:stop] if self.kind == "frame" else self._data[start:stop]


def _stacked(numpy: Any, columns: list[Any]) -> Any:
    arrays = [_column(numpy, each) for each in columns]
    if any(each.dtype == object for each in arrays):
        arrays = [each.astype(object) for each in arrays]
    return numpy.column_stack(arrays)


def _column(numpy: Any, values: Any) -> Any:
    if not isinstance(values, list):
        return values
    if any(isinstance(each, str) for each in values):
        return numpy.array(values, dtype=object)
    return numpy.array([float("nan") if each is None else each for each in values])


def _answered(method: Any, table: _Table) -> tuple[list[Block], dict[int, Fault]]:
    blocks: list[Block] = []
    faults: dict[int, Fault] = {}
    waiting = [(0, table.rows)]
    calls = 0
    while waiting:
        start, stop = waiting.pop()
        calls += 1
        values = attempt(_asked, method, table, start, stop)
        if isinstance(values, Fault) and values.kind == "unfit" and stop - start == table.rows:
            raise Unfit(values.message)
        if not isinstance(values, Fault) and blocks and not _alike(blocks[0][2], values):
            values = Fault("unfit", "Unfit", f"{_form(values)}, and {_form(blocks[0][2])} for other rows")
        if not isinstance(values, Fault):
            blocks.append((start, stop, values))
        elif stop - start <= 1:
            faults[start] = values
        elif calls >= MAX_CALLS or (calls == 1 and _all_alike(method, table, values)):
            faults.update(dict.fromkeys(range(start, stop), _of_batch(values, stop - start)))
        else:
            middle = (start + stop) // 2
            waiting += [(middle, stop), (start, middle)]
    return blocks, faults


def _all_alike(method: Any, table: _Table, fault: Fault) -> bool:
    """Return whether rows from all over the table raise what the whole table raises: then it is not about rows."""
    if table.rows <= 2 * _SAMPLE:
        return False
    rows = [table.rows * place // _SAMPLE for place in range(_SAMPLE)]
    found = [attempt(_asked, method, table, row, row + 1) for row in rows]
    return all(isinstance(each, Fault) and (each.type, each.message) == (fault.type, fault.message) for each in found)


def _of_batch(fault: Fault, rows: int) -> Fault:
    return fault._replace(message=f"{fault.message} (for {rows} rows at once, which are not told apart)")


def _asked(method: Any, table: _Table, start: int, stop: int) -> Any:
    return _outputs(method(table.take(start, stop)), stop - start)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, list) or isinstance(other, list):
        return isinstance(one, list) and isinstance(other, list)
    return bool(one.dtype == other.dtype and one.shape[1:] == other.shape[1:])


def _form(values: Any) -> str:
    return "labels" if isinstance(values, list) else f"{values.dtype} of shape {list(values.shape)}"


def _outputs(given: Any, rows: int) -> Any:
    """Return what a model returned as an array of numbers, or a list of labels; one output a row.

    Raises:
        Unfit: it is neither.
    """
    kind = named(type(given))
    if isinstance(given, list) and isinstance(attempt(module, "numpy", ""), Fault):
        return _plain(given, rows)
    numpy = module("numpy", f"it returned {kind}")
    for name in ("detach", "cpu", "toarray", "to_numpy", "numpy"):
        if not isinstance(given, numpy.ndarray) and callable(getattr(given, name, None)):
            given = getattr(given, name)()
    if isinstance(given, (list, tuple)):
        given = list(itertools.islice(given, rows + 1))
    elif not isinstance(given, numpy.ndarray):
        raise Unfit(f"returned {kind}, expected an array with one output a row")
    found = numpy.asarray(given)
    if found.ndim == 0 or found.shape[0] != rows:
        shown = list(found.shape)
        raise Unfit(f"returned {kind} of shape {shown}, expected {rows} rows")
    if found.dtype.kind in "OUS":
        return _labels(numpy, found)
    if found.dtype.kind not in "fiub" or found.dtype.itemsize > 8:
        if found.dtype.kind != "f":
            raise Unfit(f"returned numbers of the type {found.dtype}, expected real ones")
        found = found.astype("<f8")
    return found


def _plain(given: list[Any], rows: int) -> list[Any]:
    """Return the outputs of a model that needs no numpy."""
    if len(given) != rows or not all(each is None or type(each) in _SCALARS for each in given):
        raise Unfit(f"returned a list of {len(given)}, expected a number or a label for each of {rows} rows")
    return [tagged(each) for each in given]


def _labels(numpy: Any, found: Any) -> Any:
    plain = [each.item() if isinstance(each, numpy.generic) else each for each in found.reshape(-1).tolist()]
    if all(type(each) in (int, float, bool) for each in plain) and plain:
        return numpy.array(plain, dtype="<f8").reshape(found.shape)
    if found.ndim != 1:
        raise Unfit(f"returned labels of shape {list(found.shape)}, expected one a row")
    for each in plain:
        if each is not None and type(each) not in _SCALARS:
            raise Unfit(f"returned {named(type(each))} for a row, expected a number or a label")
    return [tagged(each) for each in plain]
