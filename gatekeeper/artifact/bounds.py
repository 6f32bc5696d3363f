"""Which versions of a library can have written a file that does not carry them.

The names of numpy's private modules changed in 2.0 (`numpy.core` became `numpy._core`), those that pandas writes for
its public classes in 3.0 (`pandas.core.frame.DataFrame` became `pandas.DataFrame`). Both were seen in files that numpy
1.26.4 and 2.4.6, pandas 2.2.1 and 3.1.1 wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.artifact.facts import Bound, GlobalRef

_PICKLED_BY_NUMPY = frozenset({"_reconstruct", "scalar", "_frombuffer"})
_PUBLIC_IN_PANDAS = frozenset(
    {"DataFrame", "Series", "Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "Categorical"}
)

_FIRST_PYTHON = {5: "3.8"}
"""The first Python that reads pickles of a protocol (PEP 574); all that is in use reads the older ones."""


def bounds(found: Iterable[GlobalRef], protocol: int) -> tuple[Bound, ...]:
    """Return what the globals and the protocol show: one bound for each library and specifier."""
    first: dict[tuple[str, str], Bound] = {}
    for bound in _all(found, protocol):
        first.setdefault((bound.library, bound.specifier), bound)
    return tuple(first.values())


def _all(found: Iterable[GlobalRef], protocol: int) -> Iterator[Bound]:
    if protocol in _FIRST_PYTHON:
        specifier = f">={_FIRST_PYTHON[protocol]}"
        yield Bound(library="python", specifier=specifier, reason=f"pickle protocol {protocol}", offset=0)
    for each in found:
        written_by = _written_by(each)
        if written_by is not None:
            library, specifier = written_by
            yield Bound(
                library=library, specifier=specifier, reason=f"names {each}", offset=each.offset, member=each.member
            )


def _written_by(each: GlobalRef) -> tuple[str, str] | None:
    if each.name in _PICKLED_BY_NUMPY:
        if each.module.startswith("numpy._core."):
            return "numpy", ">=2"
        if each.module.startswith("numpy.core."):
            return "numpy", "<2"
    if each.name in _PUBLIC_IN_PANDAS:
        if each.module == "pandas":
            return "pandas", ">=3"
        if each.module.startswith("pandas.core."):
            return "pandas", "<3"
    return None
