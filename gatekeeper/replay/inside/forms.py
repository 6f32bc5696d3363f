"""What a predictor returned, as named values with a type and a shape: nothing is lost, and nothing is guessed.

A mapping's members are called "a.b", a bare value "output". A list is one value with a shape where its items are of one
type and its lists of one length (whole numbers beside floats are floats where none changes by it); else each item is a
value, "a.0", "a.1". Arrays and tensors keep their type, and are copied: a handler may write to its buffer again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import sys
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from gatekeeper.replay.inside.calls import Unfit, module, named
from gatekeeper.replay.inside.values import MAX_DEPTH, MAX_TEXT, MAX_VALUES, tagged

BARE = "output"
MAX_OUTPUTS = 10000
MAX_NAME = 1000
MAX_BYTES = 256 << 20
MAX_WORDS = 16 << 20
MAX_DIMENSIONS = 16
_KINDS = {bool: "bool", int: "int", float: "float", str: "text", type(None): "null"}
_EXACT = 1 << 53


class Form(NamedTuple):
    """A named value: `values` are tagged JSON in C order, or a numpy array that has the shape already."""

    name: str
    dtype: str
    shape: list[int]
    values: Any
    device: str = ""


class Budget:
    """What may still be sent: bytes of arrays, and about how many of JSON."""

    def __init__(self) -> None:
        self._bytes, self._words = MAX_BYTES, MAX_WORDS

    def take(self, form: Form) -> None:
        """Count a value.

        Raises:
            Unfit: that is more than there may be.
        """
        if isinstance(form.values, list):
            texts = sum(len(each) for each in form.values if type(each) is str)
            self._words -= 24 * len(form.values) + 4 * texts
        else:
            self._bytes -= int(form.values.nbytes)
        self._words -= 100 + 4 * len(form.name)
        if self._bytes < 0 or self._words < 0:
            raise Unfit(f"what is returned for all records is too large with the output {form.name[:100]!r}")


class Formed(NamedTuple):
    """The values of one answer, and which of them were tensors that require grad."""

    forms: list[Form]
    with_grad: list[str]


def formed(given: Any, budget: Budget) -> Formed:
    """Return what was returned as named values.

    Raises:
        Unfit: something in it is no value (a generator, an object), two have one name, or it is too deep or too large.
    """
    forming = _Forming(budget)
    forming.add(None, given, 0)
    return Formed(forming.forms, forming.with_grad)


class _Forming:
    def __init__(self, budget: Budget) -> None:
        self.forms: list[Form] = []
        self.with_grad: list[str] = []
        self._budget, self._names, self._count = budget, set(), 0  # type: ignore[var-annotated] # names are texts

    def add(self, name: str | None, given: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Unfit(f"what was returned is nested more than {MAX_DEPTH} levels deep")
        if type(given) in _KINDS:
            self._scalars(name, [given], [])
        elif type(given) in (list, tuple):
            self._list(name, given, depth)
        elif isinstance(given, Mapping):
            self._members(name, given, depth)
        elif not (self._array(name, given, depth) or self._frame(name, given, depth)):
            self.add(name, _plainer(name, given), depth + 1)

    def _put(self, form: Form) -> None:
        if form.name in self._names:
            raise Unfit(f"two outputs are called {form.name[:100]!r}")
        if len(form.name) > MAX_NAME or len(self._names) >= MAX_OUTPUTS:
            raise Unfit(f"more than {MAX_OUTPUTS} outputs, or a name of over {MAX_NAME} characters")
        if len(form.shape) > MAX_DIMENSIONS:
            raise Unfit(f"the output {form.name[:100]!r} has {len(form.shape)} dimensions")
        self._budget.take(form)
        self._names.add(form.name)
        self.forms.append(form)

    def _scalars(self, name: str | None, items: list[Any], shape: list[int]) -> None:
        kinds = {type(each) for each in items}
        dtype = "float" if len(kinds) > 1 else _KINDS[kinds.pop()] if kinds else "null"
        if dtype == "float":
            items = [float(each) for each in items]
        self._put(Form(name or BARE, dtype, shape, tagged(items)))

    def _members(self, name: str | None, given: Any, depth: int) -> None:
        if not given and name is not None:
            self._put(Form(name, "null", [0], []))
        for key, each in given.items():
            self.add(_joined(name, key), each, depth + 1)

    def _list(self, name: str | None, given: Any, depth: int) -> None:
        self._count += len(given)
        if self._count > MAX_VALUES:
            raise Unfit(f"what was returned has more than {MAX_VALUES} parts")
        whole = _rectangle(given)
        if whole is None:
            for position, each in enumerate(given):
                self.add(f"{name or BARE}.{position}", each, depth + 1)
            return
        items, shape = whole
        if items and type(items[0]) not in _KINDS:
            numpy = module("numpy", "numbers of numpy were returned")
            self._array(name, numpy.array(items, dtype=items[0].dtype).reshape(shape), depth)
        else:
            self._scalars(name, items, shape)

    def _array(self, name: str | None, given: Any, depth: int) -> bool:
        """Take an array or a tensor; returns whether it is one."""
        torch: Any = sys.modules.get("torch")
        # A stand-in of that name may have no tensors.
        if hasattr(torch, "Tensor") and isinstance(given, torch.Tensor):
            if given.requires_grad:
                self.with_grad.append(name or BARE)
            dtype, values = _of_tensor(name, given, torch)
            self._put(Form(name or BARE, dtype, list(values.shape), values, str(given.device)))
            return True
        if not hasattr(type(given), "__array__") or hasattr(type(given), "iloc"):
            return False
        numpy = module("numpy", f"{named(type(given))} was returned")
        masked = isinstance(given, numpy.ma.MaskedArray)
        found = given if masked else numpy.array(given)
        if found.dtype.name.startswith(("bfloat16", "float8")):
            self._put(Form(name or BARE, found.dtype.name, list(found.shape), found.astype("float32")))
        elif found.dtype.kind in "biuf" and found.dtype.itemsize <= 8 and not masked:
            self._put(Form(name or BARE, found.dtype.name, list(found.shape), found))
        elif found.dtype.kind == "M":
            self.add(name, numpy.datetime_as_string(found).tolist(), depth + 1)
        elif found.dtype.kind in "OU" or masked:
            plain = found.tolist()
            if plain is given:
                raise Unfit(_says(name, given))
            self.add(name, plain, depth + 1)
        else:
            raise Unfit(f"{_says(name, given)} (of the type {found.dtype})")
        return True

    def _frame(self, name: str | None, given: Any, depth: int) -> bool:
        """Take a frame or a column of pandas; returns whether it is one."""
        pandas: Any = sys.modules.get("pandas")
        if not hasattr(pandas, "DataFrame"):
            return False
        if isinstance(given, pandas.DataFrame):
            for position, key in enumerate(given.columns):
                column = _joined(name, key)
                self.add(column, given.iloc[:, position], depth + 1)
        elif isinstance(given, (pandas.Series, pandas.Index)):
            numbers = getattr(given.dtype, "kind", "O") in "biuf" and type(given.dtype).__module__.startswith("numpy")
            self.add(name, given.to_numpy() if numbers else given.tolist(), depth + 1)
        elif given is getattr(pandas, "NA", pandas):
            self._scalars(name, [None], [])
        else:
            return False
        return True


def _of_tensor(name: str | None, tensor: Any, torch: Any) -> tuple[str, Any]:
    """Return a tensor's type as torch names it, and a copy of its numbers in main memory."""
    dtype = str(tensor.dtype).replace("torch.", "")
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex() or tensor.device.type == "meta":
        raise Unfit(f"{_says(name, tensor)} (of the type {dtype}, {tensor.layout}, on {tensor.device})")
    plain = tensor.detach().cpu()
    if dtype.startswith(("bfloat16", "float8")):
        plain = plain.float()
    module("numpy", "a tensor was returned")
    return dtype, plain.resolve_neg().numpy().copy()


def _rectangle(given: Any) -> tuple[list[Any], list[int]] | None:
    """Return all items and the shape of a list that is one value; None for one that is none."""
    shape: list[int] = []
    level = [given]
    while len(shape) < MAX_DIMENSIONS:
        length = len(level[0]) if level else 0
        if any(len(each) != length for each in level):
            return None
        shape.append(length)
        items = [item for each in level for item in each]
        if len(items) > MAX_VALUES:
            raise Unfit(f"what was returned has more than {MAX_VALUES} parts")
        lists = sum(type(item) in (list, tuple) for item in items)
        if lists == 0:
            return (items, shape) if _are_alike(items) else None
        if lists != len(items):
            return None
        level = items
    return None


def _are_alike(items: list[Any]) -> bool:
    kinds = {type(each) for each in items}
    if kinds == {int, float}:
        return all(type(each) is float or abs(each) <= _EXACT for each in items)
    if len(kinds) > 1:
        return False
    kind = next(iter(kinds), bool)
    return kind in _KINDS or (
        kind.__module__ == "numpy" and getattr(items[0], "shape", None) == () and _is_number(kind)
    )


def _is_number(kind: type) -> bool:
    return any(each.__name__ in ("number", "bool", "bool_") and each.__module__ == "numpy" for each in kind.__mro__)


def _plainer(name: str | None, given: Any) -> Any:
    """Return what stands for an object: its members, its text, or the number that it is.

    Raises:
        Unfit: nothing does.
    """
    if isinstance(given, enum.Enum):
        return given.value
    if isinstance(given, (dt.date, dt.time)):
        return given.isoformat()
    if isinstance(given, (decimal.Decimal, uuid.UUID)):
        return str(given)
    plain: tuple[Any, ...] = (int, float, str, list, tuple)
    for kind in plain:
        if isinstance(given, kind) and not callable(getattr(given, "_asdict", None)):
            return kind(given)
    if isinstance(given, (set, frozenset)):
        return sorted(given, key=repr)
    return _members(name, given)


def _members(name: str | None, given: Any) -> Any:
    for method in ("model_dump", "_asdict"):
        if callable(getattr(given, method, None)) and not isinstance(given, type):
            return getattr(given, method)()
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        return {each.name: getattr(given, each.name) for each in dataclasses.fields(given)}
    raise Unfit(_says(name, given))


def _says(name: str | None, given: Any) -> str:
    kind = named(type(given))
    what = f"the output {name[:100]!r} is {kind}" if name else f"returned {kind}"
    return f"{what}, expected numbers, texts, arrays, tensors, or a mapping of them"


def _joined(name: str | None, key: Any) -> str:
    return _key(key) if name is None else f"{name}.{_key(key)}"


def _key(key: Any) -> str:
    if type(key).__module__ == "numpy" and hasattr(key, "item"):
        key = key.item()
    if key is not None and not isinstance(key, (str, bool, int, float)):
        raise Unfit(f"a key of a mapping is {named(type(key))}, expected a text")
    return str(getattr(key, "value", key))[: MAX_TEXT + 1].encode("utf-8", "backslashreplace").decode("utf-8")
