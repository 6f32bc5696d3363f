"""The list of library behaviours, `behaviours.txt`, as types; its first lines say how it is written."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct, field

from gatekeeper.inference.libraries.knowledge import Behaviour, Making

VERBS = {"guards": Behaviour.GUARDS, "forward": Behaviour.FORWARD, "makes": Behaviour.NOT_TORCH}
MAKINGS = {
    "module": Making.MODULE,
    "frozen": Making.FROZEN_MODULE,
    "object": Making.OBJECT,
    "tensor": Making.TENSOR,
    "detached": Making.DETACHED,
    "plain": Making.NOT_TORCH,
    "unknown": Making.UNKNOWN,
}


class Callable(Struct, frozen=True, kw_only=True):
    """A function or a method.

    Attributes:
        patterns: its names, with `*` for any text; see `matches`.
        gives: what a call gives: a word of `MAKINGS`, `itself`, a class of the library, or `(one,other)`.
        proof: where the guard stands in the source; the list's first lines say how it is written.
    """

    patterns: tuple[str, ...]
    behaviour: Behaviour
    gives: str
    proof: tuple[str, ...] = ()


class LibraryClass(Struct, frozen=True, kw_only=True):
    """A class, or a family of classes, whose objects behave alike.

    Attributes:
        name: the first of its names; others of the list refer to it by this one.
        making: `MODULE`, `OBJECT` or `NOT_TORCH`.
    """

    name: str
    patterns: tuple[str, ...]
    making: Making
    methods: list[Callable] = field(default_factory=list)

    def method(self, name: str) -> Callable | None:
        """Return what is known of a method of its objects."""
        return next((each for each in self.methods if any(fnmatchcase(name, one) for one in each.patterns)), None)


class Library(Struct, frozen=True, kw_only=True):
    """A package and what is known of it.

    Attributes:
        package: the name that is imported.
        distribution: the name under which it is installed.
        versions: the oldest and the newest whose source was read; None where nothing in it rests on the source.
        entries: classes and functions in the order of the list: the first one that matches counts.
    """

    package: str
    distribution: str
    versions: tuple[str, str] | None
    entries: list[LibraryClass | Callable] = field(default_factory=list)

    def entry(self, path: tuple[str, ...]) -> LibraryClass | Callable | None:
        """Return what is known of a dotted name, given without the package."""
        return next((each for each in self.entries if any(matches(one, path) for one in each.patterns)), None)

    def named(self, name: str) -> LibraryClass:
        """Return the class that the list calls by this name."""
        return next(each for each in self.entries if isinstance(each, LibraryClass) and each.name == name)


def matches(pattern: str, path: tuple[str, ...]) -> bool:
    """Return whether a pattern stands for a dotted name, given without the package.

    The last part is that of the name; the parts before it stand in the name in this order. Libraries move their classes
    from file to file and export them from above: what lies between is no matter.
    """
    *before, last = pattern.split(".")
    if not path or not fnmatchcase(path[-1], last):
        return False
    rest = iter(path[:-1])
    return all(any(fnmatchcase(each, one) for each in rest) for one in before)


@functools.cache
def libraries() -> Mapping[str, Library]:
    """Return every library of the list, by the name that is imported."""
    # Not importlib.resources: it loads zipfile, tempfile and more, which takes longer than to read the list.
    text = Path(__file__).with_name("behaviours.txt").read_text(encoding="utf-8")
    return {each.package: each for each in parse(text)}


def parse(text: str) -> Iterator[Library]:
    """Yield the libraries of a list.

    Raises:
        ValueError: a line is none of the list's; the message says which.
    """
    library: Library | None = None
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0].rstrip()
        try:
            if written.startswith("@ "):
                if library is not None:
                    yield library
                library = _library(written)
            elif written and library is not None:
                _add(library, written)
        except (ValueError, KeyError, IndexError, AttributeError) as error:
            raise ValueError(f"line {number} of the list of library behaviours: {line!r}") from error
    if library is not None:
        yield library


def _add(library: Library, line: str) -> None:
    if line.startswith("    "):
        library.entries[-1].methods.append(_callable(line))  # type: ignore[union-attr]  # a function has none: refused
    elif " : " in line:
        library.entries.append(_class(line))
    else:
        library.entries.append(_callable(line))


def _library(line: str) -> Library:
    _, package, distribution, *versions = line.split()
    first, _, last = versions[0].partition("..") if versions else ("", "", "")
    return Library(package=package, distribution=distribution, versions=(first, last) if versions else None)


def _class(line: str) -> LibraryClass:
    names, _, making = line.partition(" : ")
    patterns = tuple(names.split())
    return LibraryClass(name=patterns[0], patterns=patterns, making=MAKINGS[making.strip()])


def _callable(line: str) -> Callable:
    names, verb, gives, *proof = line.split()
    if (verb == "guards") != bool(proof):
        raise ValueError("what guards has a proof, and nothing else has")
    behaviour = VERBS[verb]
    return Callable(patterns=tuple(names.split(",")), behaviour=behaviour, gives=gives, proof=tuple(proof))
