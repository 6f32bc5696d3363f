"""The baseline of the training data: built, written, read, and compared with other data.

    from gatekeeper.contract import baseline

    trained = baseline.build(frame, target="price", time="sold_on")
    Path("baseline.json").write_bytes(baseline.write(trained))
    comparison = baseline.compare(trained, other_frame)
    comparison.drifted, comparison.underpowered, comparison.features

Nothing heavy is imported until it is used: reading and judging a baseline need the standard library and msgspec alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatekeeper.contract.baseline.decision import Comparison, Status, decide
from gatekeeper.contract.baseline.document import read, write
from gatekeeper.contract.baseline.facts import Baseline, Feature, Named, UnknownPolicy
from gatekeeper.contract.baseline.sample import Sample

if TYPE_CHECKING:
    from gatekeeper.contract.baseline.survey import Progress

__all__ = [
    "Baseline",
    "Comparison",
    "Feature",
    "Named",
    "Sample",
    "Status",
    "UnknownPolicy",
    "build",
    "compare",
    "counts",
    "decide",
    "read",
    "write",
]


def build(
    data: Any,
    *,
    name: str | None = None,
    categories: Sequence[str] = (),
    progress: Progress | None = None,
    **asked: Any,
) -> Baseline:
    """Return the baseline of data: a file's path, a DataFrame, an Arrow table, a 2-D array, or a mapping to arrays.

    Args:
        data: what the model was trained on, one row a record.
        name: what people call it; the file's name by default.
        categories: columns that are categories, though they look like numbers.
        progress: is told how many rows were read, for each of the two passes.
        asked: the fields of `gatekeeper.contract.baseline.asked.Asked`: target, predictions, confidence, time ...

    Raises:
        Unreadable: the data can't be read whole, is too short, or a column is of no type or of several.
        UsageError: a column that was named is not there.
    """
    from gatekeeper.contract.baseline.asked import Asked
    from gatekeeper.contract.baseline.building import build_table
    from gatekeeper.contract.baseline.facts import Kind
    from gatekeeper.contract.tables import open_table
    from gatekeeper.contract.tables.columns import Selection

    wanted = Asked(**asked)
    kinds: Mapping[str, Kind] = dict.fromkeys(categories, Kind.TEXT)
    selection = Selection(ignored=frozenset(wanted.ignored), kinds=kinds)
    return build_table(open_table(data, name, selection), wanted, progress)


def counts(
    baseline: Baseline,
    data: Any,
    *,
    name: str | None = None,
    ignored: Sequence[str] = (),
    by_name: bool = False,
    progress: Progress | None = None,
) -> tuple[Sample, ...]:
    """Return other data, counted at the edges and of the categories of a baseline: what `decide` compares with it.

    Args:
        baseline: the distribution of the training data.
        data: as for `build`, with the same columns; target, predictions and confidence may be absent.
        name: what people call it.
        ignored: columns that are not compared.
        by_name: whether other columns, and another order, are accepted.
        progress: is told how many rows were read.

    Raises:
        Unreadable: the data can't be read whole, or its columns are not those of the baseline.
    """
    from gatekeeper.contract.baseline.counting import count
    from gatekeeper.contract.baseline.matching import matched, selection
    from gatekeeper.contract.tables import open_table

    table = open_table(data, name, selection(baseline, ignored))
    names = matched(baseline, table.columns, ignored, by_name=by_name)
    return count(baseline, table, names, progress)


def compare(baseline: Baseline, data: Any, **how: Any) -> Comparison:
    """Return the decision about drift between a baseline and other data; the arguments are those of `counts`."""
    return decide(baseline, counts(baseline, data, **how))
