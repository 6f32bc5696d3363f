"""A model of tables: records become rows, of a frame where it was fitted with column names, else of an array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.replay.inside.adapters import Predictor
from gatekeeper.replay.inside.calls import Fault, Unfit, attempt, module, named

_NAN = float("nan")


class Table(Predictor):
    """A model with `predict`, as scikit-learn's: "output", and "probabilities" where it has `predict_proba`."""

    batches = True

    def __init__(self, model: Any, kind: str) -> None:
        super().__init__()
        self.model, self.format = model, kind
        names = attempt(lambda: [str(each) for each in model.feature_names_in_])
        self._names = None if isinstance(names, Fault) else names

    def one(self, record: dict[str, Any]) -> Any:
        """Ask for one row."""
        return self.many([record])[0]

    def many(self, records: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Ask for all rows at once."""
        rows = self._rows(records)
        asked = {"output": self.model.predict(rows)}
        if callable(getattr(self.model, "predict_proba", None)):
            asked["probabilities"] = self.model.predict_proba(rows)
        columns = {name: _split(given, len(records)) for name, given in asked.items()}
        return [{name: column[row] for name, column in columns.items()} for row in range(len(records))]

    def _rows(self, records: Sequence[Mapping[str, Any]]) -> Any:
        names = list(records[0])
        if any(set(each) != set(names) for each in records):
            raise Unfit("the records have not all the same names, and can't be rows of one table")
        if self._names is not None:
            # In the order in which it was fitted: what production does with another order is the handler's affair.
            ordered = self._names if set(self._names) == set(names) else names
            pandas = module("pandas", "the model was fitted with column names and is fed a frame")
            return pandas.DataFrame({name: _column([each[name] for each in records], pandas) for name in ordered})
        numpy = module("numpy", "rows of an array")
        if len(names) == 1 and numpy.ndim(records[0][names[0]]) > 0:
            return numpy.concatenate([_row(numpy.asarray(each[names[0]])) for each in records])
        columns = [_cells(numpy, [each[name] for each in records]) for name in names]
        if any(each.dtype == object for each in columns):
            columns = [each.astype(object) for each in columns]
        return numpy.column_stack(columns)


def _row(given: Any) -> Any:
    return given[None] if given.ndim == 1 else given


def _bare(given: Any) -> Any:
    """Return a cell: a number of numpy's for its array without dimensions."""
    if getattr(given, "ndim", 0) or isinstance(given, (list, dict)):
        raise Unfit(f"a cell of a table is {named(type(given))} of several values, expected one")
    return given[()] if hasattr(given, "ndim") else given


def _column(values: list[Any], pandas: Any) -> Any:
    cells = [_bare(each) for each in values]
    if all(each is None for each in cells):
        # Of which type what is missing would be is not known: numbers and categories both read it so.
        return pandas.Series([_NAN] * len(cells), dtype=object)
    if any(isinstance(each, str) for each in cells):
        return cells
    if all(hasattr(each, "dtype") for each in cells) and len({each.dtype for each in cells}) == 1:
        return pandas.Series(cells, dtype=cells[0].dtype)
    return [_NAN if each is None else each for each in cells]


def _cells(numpy: Any, values: list[Any]) -> Any:
    cells = [_bare(each) for each in values]
    if any(isinstance(each, str) for each in cells):
        return numpy.array(cells, dtype=object)
    return numpy.array([_NAN if each is None else each for each in cells])


def _split(given: Any, rows: int) -> list[Any]:
    """Return what a method returned, row by row; a list of arrays, one for each target, is split in each."""
    if isinstance(given, list) and given and all(getattr(each, "ndim", 0) == 2 for each in given):
        parts = [_split(each, rows) for each in given]
        return [[part[row] for part in parts] for row in range(rows)]
    for name in ("toarray", "to_numpy"):
        if callable(getattr(given, name, None)):
            given = getattr(given, name)()
    if getattr(given, "ndim", 1) == 0 or not hasattr(given, "__len__") or len(given) != rows:
        shape = list(getattr(given, "shape", []))
        raise Unfit(f"returned {named(type(given))} of shape {shape}, expected one output for each of {rows} rows")
    return [given[row] for row in range(rows)]
