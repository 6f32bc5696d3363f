"""An explanation is one of this model, or it is told why it is not."""

import io
import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from gatekeeper.contract.explanations.facts import Explanation, Row, Source, read, write
from gatekeeper.contract.explanations.methods import fidelity, importances, said, shapley, surrogate
from gatekeeper.contract.explanations.verification import lies, spearman
from gatekeeper.errors import Unreadable

REGIONS = {"east": 0.0, "north": 1.0, "south": 5.0}
ROWS: tuple[Row, ...] = tuple(
    (("east", "north", "south")[n % 3], float(n * 7 % 40 + 1), n * 5 % 24 + 1) for n in range(60)
)
NAMES = ("region", "cost", "units")


def price(rows: Sequence[Row]) -> list[float]:
    numbers = [(REGIONS[str(region)], float(cost or 0), float(units or 0)) for region, cost, units in rows]
    return [region * 3 + cost * 1.4 + cost * units / 50 for region, cost, units in numbers]


def other(rows: Sequence[Row]) -> list[float]:
    """Another model of the same inputs: trained again, near enough to be taken for the same."""
    return [value * 1.03 + 0.5 for value in price(rows)]


def made(method: str, model: Any = price, **changes: Any) -> Explanation:
    base, values = shapley(model, ROWS[:12], ROWS[12:22])
    target = tuple(price(ROWS))
    tree = surrogate(NAMES, ROWS, model(ROWS), depth=4)
    methods: dict[str, dict[str, Any]] = {
        "shap": {"rows": ROWS[:12], "base": base, "values": tuple(map(tuple, values)), "background": ROWS[12:22]},
        "permutation": {
            "rows": ROWS,
            "target": target,
            "importances": tuple(importances(model, ROWS, target, repeats=5, seed=3)),
        },
        "surrogate": {"rows": ROWS, "tree": tree, "fidelity": fidelity(tree, NAMES, ROWS, model(ROWS))},
    }
    return Explanation(
        schema="gatekeeper/explanation@1",
        method=method,  # type: ignore[arg-type]  # one of the three
        artifact=f"sha256:{'a' * 64}",
        output="price",
        features=NAMES,
        source=Source(name="training.csv", sha256=f"sha256:{'b' * 64}", seed=3),
        **{"generator": "gatekeeper 0.1.0", **methods[method], **changes},
    )


@pytest.mark.parametrize("method", ["shap", "permutation", "surrogate"])
def test_what_this_model_made_holds(method: str) -> None:
    assert list(lies(made(method), price)) == []


def test_shapley_values_are_those_of_the_definition() -> None:
    """Of a sum every part has its own share; a product of two is shared between them alone."""
    base, values = shapley(
        lambda rows: [float(a or 0) * 2 + float(b or 0) for a, b in rows], [(3, 5)], [(1, 1), (3, 1)]
    )
    assert base == 5.0
    assert values == [[pytest.approx(2.0), pytest.approx(4.0)]]
    _, product = shapley(lambda rows: [float(a or 0) * float(b or 0) for a, b, _ in rows], [(2, 3, 9)], [(0, 0, 0)])
    assert product == [[pytest.approx(3.0), pytest.approx(3.0), pytest.approx(0.0)]]


@pytest.mark.parametrize(
    ("explanation", "what"),
    [
        (made("shap", other), "add up to"),
        (made("permutation", other), "worked out again"),
        (made("surrogate", fidelity=0.999), "is said to be 0.999"),
        (made("shap", base=7.0), "add up to"),
        (made("permutation", importances=(math.pi, 1.0, 2.0)), "the importance of 'region'"),
    ],
)
def test_what_another_model_made_or_somebody_edited_is_told(explanation: Explanation, what: str) -> None:
    found = list(lies(explanation, price))
    assert len(found) == 1
    assert what in found[0]


def test_values_that_add_up_and_are_shared_out_wrongly_are_told() -> None:
    honest = made("shap")
    swapped = tuple((row[1], row[0], row[2]) for row in honest.values)
    assert list(lies(msgspec.structs.replace(honest, values=swapped), price))
    # Without a background there is nothing to work them out with; the page of the rule says so.
    assert not list(lies(msgspec.structs.replace(honest, values=swapped, background=()), price))


def test_another_programs_importances_are_held_by_rank() -> None:
    ours = made("permutation").importances
    near = tuple(each * 1.1 for each in ours)
    foreign = {"generator": "scikit-learn 1.9.1"}
    assert not list(lies(made("permutation", importances=near, **foreign), price))
    assert list(lies(made("permutation", importances=tuple(reversed(ours)), **foreign), price))
    assert list(lies(made("permutation", importances=(1.0, 1.0, 1.0), **foreign), price))


def test_a_model_that_gives_nan_bears_nothing_out() -> None:
    for method in ("shap", "permutation", "surrogate"):
        assert list(lies(made(method), lambda rows: [math.nan] * len(rows)))


def test_a_surrogate_splits_by_numbers_and_categories() -> None:
    tree = surrogate(NAMES, ROWS, price(ROWS), depth=4)
    assert fidelity(tree, NAMES, ROWS, price(ROWS)) > 0.8
    steps = [float(units or 0) > 12 for _, _, units in ROWS]
    simple = surrogate(NAMES, ROWS, [float(step) for step in steps], depth=1)
    assert [said(simple, NAMES, row) for row in ROWS] == [float(step) for step in steps]
    words = surrogate(("region",), [row[:1] for row in ROWS], [float(row[0] == "south") for row in ROWS], depth=1)
    assert [said(words, ("region",), (word,)) for word in ("east", "north", "south")] == [0.0, 0.0, 1.0]


def test_a_surrogate_that_asks_for_what_the_rows_have_not() -> None:
    tree = surrogate(("hidden", "cost", "units"), ROWS, price(ROWS), depth=4)
    assert any(
        "hidden" in each
        for each in lies(made("surrogate", tree=msgspec.structs.replace(tree, feature="hidden")), price)
    )


def test_the_document_is_read_as_it_was_written() -> None:
    for method in ("shap", "permutation", "surrogate"):
        document = write(made(method))
        assert read(io.BytesIO(document)) == made(method)
        assert document == write(made(method))


def plain(**changes: Any) -> bytes:
    document = json.loads(write(made("shap")))
    return json.dumps({**document, **changes}).encode()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "no JSON"),
        (b"{}", "is no explanation"),
        (b"[1]", "is no explanation"),
        (plain(values=[[1.0]]), "expected `base`, and `values` of 12 x 3"),
        (plain(rows=[[1]]), "has not 3 values"),
        (plain(method="lime"), "is no explanation"),
        (plain(base=None), "expected `base`"),
        (plain(more=1), "is no explanation"),
        (plain(background=[["east", 1.0, 1]] * 201), "201 background rows"),
        (write(made("permutation")).replace(b'"repeats": 5', b'"repeats": 500'), "is no explanation"),
        (write(made("shap")).replace(b'"base": ', b'"base": NaN, "x": '), "no JSON"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_explanation_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(io.BytesIO(data))
    assert what in caught.value.what


class Endless(io.RawIOBase):
    """A file of 1 GB, none of which is on any disk."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = min(size if size >= 0 else 1 << 30, (1 << 30) - self.given)
        self.given += size
        return b" " * size


def test_a_file_of_a_gigabyte_is_refused_before_it_is_read() -> None:
    stream = Endless()
    with pytest.raises(Unreadable, match="more than"):
        read(stream)  # type: ignore[arg-type]  # it has all that is used
    assert stream.given < 32 << 20


def test_ranks() -> None:
    assert spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert math.isnan(spearman([1, 1, 1], [1, 2, 3]))
