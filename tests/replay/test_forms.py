"""What a handler returns, as values with a type and a shape; what is no value is that record's fault."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.replay.flattening import flattened
from gatekeeper.replay.inside.forms import Budget, formed
from gatekeeper.replay.observed import Answer, Predictor, Replayed, Value
from gatekeeper.replay.worker import Worker, start

APP = '''\
"""Returns what an expression says."""
import collections, dataclasses, datetime, decimal, enum, math, typing, uuid
import numpy as np

class Colour(enum.Enum):
    RED = "red"

class Level(enum.IntEnum):
    HIGH = 3

@dataclasses.dataclass
class Price:
    value: float
    parts: dict

class Pair(typing.NamedTuple):
    low: float
    high: float

class Schema:
    def model_dump(self):
        return {"price": 7.5}

class Thing:
    pass

buffer = np.zeros(2)

def reused(number):
    buffer[:] = number
    return buffer

def deep(levels):
    found = 1.0
    for _ in range(levels):
        found = {"a": found}
    return found

async def later(value):
    return {"price": value}

def handle(record):
    return eval(record["returns"])

def factory():
    return handle
'''

Returned = Callable[..., list[Answer]]


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Returned]:
    """Return a function that replays records, each of which names an expression that the handler returns."""
    root = tmp_path_factory.mktemp("service")
    (root / "app.py").write_text(APP)
    with start(sys.executable, root) as worker:
        assert isinstance(worker, Worker), worker
        assert isinstance(worker.open_predictor("app:factory"), Predictor)

        def ask(*expressions: str) -> list[Answer]:
            found = worker.replay([{"returns": each} for each in expressions])
            assert isinstance(found, Replayed), found
            return list(found.answers)

        yield ask


def told(answer: Answer) -> dict[str, tuple[str, tuple[int, ...], list[Any]]]:
    assert answer.fault is None, answer.fault
    assert answer.outputs is not None
    return {name: (each.dtype, each.shape, list(each.values)) for name, each in answer.outputs.items()}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("4.25", {"output": ("float", (), [4.25])}),
        ("True", {"output": ("bool", (), [True])}),
        ("None", {"output": ("null", (), [None])}),
        (
            "{'a': {'b': 1, 'c': 'x'}, 3: 2.0}",
            {"a.b": ("int", (), [1]), "a.c": ("text", (), ["x"]), "3": ("float", (), [2.0])},
        ),
        ("{'a': 2**80, 'b': -2**63}", {"a": ("int", (), [2**80]), "b": ("int", (), [-(2**63)])}),
        ("[1.0, 2.5]", {"output": ("float", (2,), [1.0, 2.5])}),
        ("{'x': [1, 2.5]}", {"x": ("float", (2,), [1.0, 2.5])}),
        ("{'x': [2**53 + 1, 2.5]}", {"x.0": ("int", (), [2**53 + 1]), "x.1": ("float", (), [2.5])}),
        ("{'x': [[1, 2], [3, 4]]}", {"x": ("int", (2, 2), [1, 2, 3, 4])}),
        ("{'x': [[1], [2, 3]]}", {"x.0": ("int", (1,), [1]), "x.1": ("int", (2,), [2, 3])}),
        ("{'x': [True, 1]}", {"x.0": ("bool", (), [True]), "x.1": ("int", (), [1])}),
        (
            "{'x': [], 'y': {}, 'z': [[], []]}",
            {"x": ("null", (0,), []), "y": ("null", (0,), []), "z": ("null", (2, 0), [])},
        ),
        ("{'x': ({'a': 1}, {'a': 2})}", {"x.0.a": ("int", (), [1]), "x.1.a": ("int", (), [2])}),
        ("np.float32(1.5)", {"output": ("float32", (), [1.5])}),
        ("{'x': [np.float32(1), np.float32(2)]}", {"x": ("float32", (2,), [1.0, 2.0])}),
        ("np.array([[1, 2]], dtype='>i2')", {"output": ("int16", (1, 2), [1, 2])}),
        ("np.array([2**63], dtype='u8')", {"output": ("uint64", (1,), [2**63])}),
        ("np.array([True, False])", {"output": ("bool", (2,), [True, False])}),
        ("np.zeros((0, 3))", {"output": ("float64", (0, 3), [])}),
        ("np.array(['a', 'b'])", {"output": ("text", (2,), ["a", "b"])}),
        ("np.array(['a', None], dtype=object)", {"output.0": ("text", (), ["a"]), "output.1": ("null", (), [None])}),
        ("np.datetime64('2026-01-02')", {"output": ("text", (), ["2026-01-02"])}),
        ("np.ma.array([1.0, 2.0], mask=[0, 0])", {"output": ("float", (2,), [1.0, 2.0])}),
        ("Price(1.5, {'a': 2})", {"value": ("float", (), [1.5]), "parts.a": ("int", (), [2])}),
        ("Pair(1.0, 2.0)", {"low": ("float", (), [1.0]), "high": ("float", (), [2.0])}),
        ("{'p': Pair(1.0, 2.0)}", {"p.low": ("float", (), [1.0]), "p.high": ("float", (), [2.0])}),
        ("Schema()", {"price": ("float", (), [7.5])}),
        ("[Colour.RED, Level.HIGH]", {"output.0": ("text", (), ["red"]), "output.1": ("int", (), [3])}),
        ("datetime.date(2026, 1, 2)", {"output": ("text", (), ["2026-01-02"])}),
        ("decimal.Decimal('1.10')", {"output": ("text", (), ["1.10"])}),
        ("collections.OrderedDict(a=1)", {"a": ("int", (), [1])}),
        ("{3, 1}", {"output": ("int", (2,), [1, 3])}),
        ("later(2.0)", {"price": ("float", (), [2.0])}),
        (
            "__import__('pandas').DataFrame({'a': np.array([1, 2], dtype='i4'), 'b': ['x', 'y']})",
            {"a": ("int32", (2,), [1, 2]), "b": ("text", (2,), ["x", "y"])},
        ),
        ("__import__('pandas').Series([1.5])", {"output": ("float64", (1,), [1.5])}),
        (
            "{'x': __import__('pandas').Series([1, None], dtype='Int64')}",
            {"x.0": ("int", (), [1]), "x.1": ("null", (), [None])},
        ),
    ],
)
def test_what_is_returned_keeps_its_names_types_and_shapes(
    returned: Returned, expression: str, values: dict[str, Any]
) -> None:
    (answer,) = returned(expression)
    assert told(answer) == values


def test_numbers_that_json_does_not_have_are_kept(returned: Returned) -> None:
    plain, array = returned("{'x': [math.nan, math.inf, -0.0]}", "np.array([math.nan, -math.inf, -0.0])")
    for name, answer in (("x", plain), ("output", array)):
        assert answer.outputs is not None
        first, second, third = answer.outputs[name].values
        assert math.isnan(first)
        assert math.isinf(second)
        assert math.copysign(1.0, third) == -1.0


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("(each for each in [1])", "returned generator"),
        ("Thing()", "returned app.Thing"),
        ("{'x': Thing()}", "the output 'x' is app.Thing"),
        ("{'a': [object()]}", "the output 'a.0' is object"),
        ("1j", "returned complex"),
        ("np.array([1j])", "(of the type complex128)"),
        ("np.array([1], dtype='g')", "(of the type float128)"),
        ("b'bytes'", "returned bytes"),
        ("Thing", "returned type"),
        ("deep(60)", "more than 48 levels deep"),
        ("{'a': {'b': 1}, 'a.b': 2}", "two outputs are called 'a.b'"),
        ("{Thing(): 1}", "a key of a mapping is app.Thing"),
        ("[[1]] * 20000", ""),
        ("{str(each): 1 for each in range(10001)}", "more than 10000 outputs"),
        ("{'x' * 2000: 1}", "a name of over 1000 characters"),
        ("2 ** 9999", "an integer has 10000 bits"),
        ("np.zeros(40_000_000)", "too large"),
    ],
)
def test_what_is_no_value_is_that_records_fault_and_names_it(returned: Returned, expression: str, said: str) -> None:
    before, answer, after = returned("1", expression, "1")
    assert before.outputs == after.outputs or said == "too large"
    if not said:
        assert answer.fault is None
        return
    assert answer.fault is not None
    assert answer.outputs is None
    assert answer.fault.kind == "unfit"
    assert said in answer.fault.message


def test_a_status_beside_the_answer_is_kept(returned: Returned) -> None:
    with_status, pair = returned("(503, {'error': 'sick'})", "(7, 8)")
    assert (with_status.status, told(with_status)) == (503, {"error": ("text", (), ["sick"])})
    assert (pair.status, told(pair)) == (None, {"output": ("int", (2,), [7, 8])})


def test_a_buffer_that_is_used_again_is_copied(returned: Returned) -> None:
    first, second = returned("reused(1.0)", "reused(2.0)")
    assert told(first)["output"][2] == [1.0, 1.0]
    assert told(second)["output"][2] == [2.0, 2.0]


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(PLAIN)
def test_what_json_has_is_named_as_the_answer_of_any_server_would_be(value: Any) -> None:
    """A handler and the same one behind a server have the same golden values."""
    forms = formed(value, Budget()).forms
    if value == {}:
        assert forms == []
        return
    expected = flattened(value)
    assert [each.name for each in forms] == list(expected)
    for form in forms:
        assert (form.dtype, tuple(form.shape)) == (expected[form.name].dtype, expected[form.name].shape)


DTYPES = st.sampled_from(["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"])


@settings(max_examples=50, deadline=None)
@given(DTYPES, st.lists(st.integers(0, 3), max_size=3), st.randoms(use_true_random=False))
def test_arrays_come_back_bit_by_bit(echo: Worker, dtype: str, shape: list[int], random: Any) -> None:
    size = math.prod(shape) * np.dtype(dtype).itemsize
    data = bytes(random.randrange(2 if dtype == "?" else 256) for _ in range(size))
    array = np.frombuffer(data, dtype=dtype).reshape(shape)
    found = echo.replay([{"x": array}])
    assert isinstance(found, Replayed)
    assert found.answers[0].outputs is not None
    value = found.answers[0].outputs["x"]
    assert isinstance(value, Value)
    assert isinstance(value.values, np.ndarray)
    assert (value.dtype, value.shape, value.values.tobytes()) == (array.dtype.name, tuple(shape), data)
    assert found.watched.mutated_inputs == ()


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker whose handler returns what it is given."""
    root: Path = tmp_path_factory.mktemp("echo")
    (root / "app.py").write_text("def factory():\n    return dict\n")
    with start(sys.executable, root) as worker:
        assert isinstance(worker, Worker), worker
        assert isinstance(worker.open_predictor("app:factory"), Predictor)
        yield worker
