"""Kill-switches as Python: an expression of the operators that every guard has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatekeeper.contract.generation.literals import scalar, text
from gatekeeper.contract.manifest.conditions import Every, Formula, Op, Test, sort

_BOUNDS: Final = {Op.ABOVE: "above", Op.BELOW: "below", Op.OUTSIDE: "outside", Op.MISSING: "missing"}
_SORTS: Final = {float: "number", str: "text", bool: "truth"}


def expression(of: Formula, windows: Mapping[Test, int]) -> str:
    """Return the expression that is true when a formula trips on `record`.

    Args:
        of: the formula.
        windows: each test that looks at a window, and its place in `windows`.
    """
    if isinstance(of, Test):
        return f"windows[{windows[of]}]" if of.op.windowed else _call(of)
    joint = " and " if isinstance(of, Every) else " or "
    parts = [expression(part, windows) for part in of.parts]
    return parts[0] if len(parts) == 1 else joint.join(_grouped(part) for part in parts)


def _grouped(part: str) -> str:
    return f"({part})" if " and " in part or " or " in part else part


def _call(test: Test) -> str:
    name = operator(test)
    values = "".join(f", {scalar(value)}" for value in test.values)
    return f"{name}(record.get({text(test.feature)}){values})"


def operator(test: Test) -> str:
    """Return the function that tells whether a test trips."""
    if test.op in _BOUNDS:
        return f"{'not_' if test.opposite else ''}{_BOUNDS[test.op]}"
    among = (test.op is Op.NOT_ONE_OF) is test.opposite
    return f"{_SORTS[sort(test.values[0])]}_{'' if among else 'not_'}among"
