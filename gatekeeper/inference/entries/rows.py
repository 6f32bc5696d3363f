"""The rows of the tables: how a framework is told which functions it calls.

A name is matched by its first part and its last, `fastapi.*.post` for `fastapi.FastAPI().post`: libraries move things
between their modules, and applications have routers of routers. A row with whole names in `exact` is for those that
would mean something else.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from msgspec import Struct

from gatekeeper.inference.entries.found import Phase
from gatekeeper.inference.modules import Function


class Threads(enum.Enum):
    """Which functions a framework calls in another thread than the one that imported their module."""

    NEVER = enum.auto()
    ALWAYS = enum.auto()
    SYNC = enum.auto()
    """`def` in a pool of threads, `async def` in the thread of the event loop."""
    ASYNC = enum.auto()
    """`async def` in an event loop that has a thread of its own."""

    def of(self, function: Function) -> bool:
        """Return whether this function is called in another thread."""
        if self is Threads.SYNC:
            return not function.is_async
        return self is Threads.ALWAYS or (self is Threads.ASYNC and function.is_async)


class Framework(Struct, frozen=True, kw_only=True):
    """A framework: its name in reports, and where it calls what it is given."""

    name: str
    threads: Threads = Threads.NEVER


class Decorator(Struct, frozen=True, kw_only=True):
    """A decorator that hands a function over: `@app.post("/predict")`.

    Attributes:
        timed: its first argument says when: `@app.on_event("startup")`.
    """

    framework: Framework
    roots: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    phase: Phase = Phase.REQUEST
    timed: bool = False


class Registration(Struct, frozen=True, kw_only=True):
    """A call that hands a function over: `app.add_api_route("/predict", predict)`.

    Attributes:
        position: of the argument, counted from 0; None where it is given by keyword alone.
        keyword: its name, or the key of it in a dictionary that stands at the position.
        methods: what is called of an object that is given; else its `__call__`. `on_*` is every name that begins so.
        loose: the name is telling enough where the file imports the framework and what it is called on is not known.
        telling: the name is telling enough anywhere, on whatever it is called that no table knows.
        timed: its first argument says when.
    """

    framework: Framework
    roots: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    position: int | None = None
    keyword: str = ""
    methods: tuple[str, ...] = ()
    phase: Phase = Phase.REQUEST
    loose: bool = False
    telling: bool = False
    timed: bool = False


class Service(Struct, frozen=True, kw_only=True):
    """A class of which the framework calls methods: told by a base, or by a decorator of the class.

    Attributes:
        names: of the bases or decorators; `*View` is every name that ends so.
        request: the methods that a request reaches; `on_*` is every name that begins so.
        public: every public method is one, and `__call__`.
        startup: the methods that are called once before.
        driver: the method that calls `steps`. A class that has its own calls them itself, or not at all.
        guarded: of `steps`, those around which the framework's own driver switches gradients off.
        explains: of `request`, those that explain a prediction.
    """

    framework: Framework
    roots: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    request: tuple[str, ...] = ()
    public: bool = False
    startup: tuple[str, ...] = ()
    driver: str = ""
    steps: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()


class _Row(Protocol):
    @property
    def roots(self) -> tuple[str, ...]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def exact(self) -> tuple[str, ...]: ...


Row = TypeVar("Row", bound=_Row)


class Table(Mapping[str, tuple[Row, ...]]):
    """Rows by the names that they match."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._endings: list[tuple[str, str]] = []
        for row in rows:
            keys = [*row.exact, *(f"{root}.*.{name}" for root in row.roots for name in row.names)]
            for key in keys:
                self._rows[key] = (*self._rows.get(key, ()), row)
                root, starred, ending = key.partition(".*.*")
                if starred:
                    self._endings.append((root, ending))
        self.roots = frozenset(key.partition(".")[0] for key in self._rows)
        self.last_parts = frozenset(key.rpartition(".")[2] for key in self._rows)

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        """Return the rows that match a dotted name, with `()` behind what is called.

        Raises:
            KeyError: none does.
        """
        name = name.removesuffix("()")
        if name in self._rows:
            return self._rows[name]
        root, last = first_part(name), name.rpartition(".")[2]
        if root not in self.roots:
            raise KeyError(name)
        if (key := f"{root}.*.{last}") in self._rows:
            return self._rows[key]
        for known, ending in self._endings:
            if known == root and last.endswith(ending):
                return self._rows[f"{root}.*.*{ending}"]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def first_part(dotted: str) -> str:
    """Return the package that a dotted name begins with."""
    return dotted.partition(".")[0].removesuffix("()")


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a method's name is one of these, of which `on_*` is every name that begins so."""
    return any(name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in patterns)
