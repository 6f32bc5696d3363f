"""What an inventory can't see of an environment that conda filled.

A probe, `pip inspect` and `pip freeze` list Python distributions. Most of what conda installs is none (compilers' run
times, OpenSSL, BLAS), and what is one may have another name there: conda's `pytorch` is the distribution `torch`. So a
name that stands on one side alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.environment.facts import Lock, Row, Source
from gatekeeper.environment.formats import Format

_SBOMS = frozenset({Format.CYCLONEDX, Format.SPDX})
# They don't say who installed a distribution.
_WITHOUT_INSTALLER = _SBOMS | {Format.PIP_FREEZE}
_PYTHON = "python"


def is_hidden(row: Row, owner: Lock, other: Lock, other_rows: Sequence[Row]) -> bool:
    """Return whether the other side may have a package that it does not name.

    Args:
        row: Of a package that only the owner names.
        owner: The lock or inventory of the row.
        other: The lock or inventory of the other side.
        other_rows: Those of its rows that the target installs.
    """
    if owner.format.is_inventory is other.format.is_inventory:
        return False
    if other.format.is_inventory:
        return row.source is Source.CONDA and not _lists_conda(other, other_rows)
    by_conda = row.source is Source.CONDA or owner.format in _WITHOUT_INSTALLER
    return by_conda and any(each.source is Source.CONDA for each in other_rows)


def with_interpreter(lock: Lock, rows: Sequence[Row], other_rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows of an inventory with its interpreter, if the other side has conda install that as a package."""
    measured = None if lock.runtime is None else lock.runtime.python
    if measured is None or _python(rows) or not _python(other_rows):
        return tuple(rows)
    interpreter = Row(
        name=_PYTHON,
        written=_PYTHON,
        specifier=f"=={measured}",
        version=measured,
        extras=(),
        marker=None,
        hashes=(),
        source=Source.CONDA,
        url=None,
    )
    return (*rows, interpreter)


def _python(rows: Sequence[Row]) -> bool:
    return any(each.name == _PYTHON and each.source is Source.CONDA for each in rows)


def _lists_conda(inventory: Lock, rows: Sequence[Row]) -> bool:
    """Return whether it lists conda's packages themselves: an SBOM that names one has looked for all."""
    return inventory.format in _SBOMS and any(each.source is Source.CONDA for each in rows)
