"""The arguments of a command line tool: options with and without values, and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Which options of a tool take a value, by their long names; `short` gives the long name of each letter."""

    with_value: frozenset[str]
    short: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What was given: options by their long names in the order of the line, `""` for a flag, and the other words."""

    options: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    def values(self, *names: str) -> tuple[str, ...]:
        """Return the values of an option, in the order of the line."""
        return tuple(value for name, value in self.options if name in names)

    def has(self, *names: str) -> bool:
        """Return whether one of these options was given."""
        return any(name in names for name, _ in self.options)


def parse_arguments(given: Sequence[str], grammar: Grammar, most: int | None = None) -> Arguments:
    """Return the options and the other words. An option that is not known is taken for a flag.

    Args:
        given: The arguments.
        grammar: The tool's.
        most: How many words are the tool's own; what follows them is another command. None for all.
    """
    options: list[tuple[str, str]] = []
    words: list[str] = []
    rest = iter(given)
    for word in rest:
        if len(words) == most:
            words += (word, *rest)
        elif word == "--":
            words += rest
        elif word.startswith("--"):
            options.append(_long(word, rest, grammar))
        elif word.startswith("-") and len(word) > 1:
            options += _short(word, rest, grammar)
        else:
            words.append(word)
    return Arguments(options=tuple(options), words=tuple(words))


def _long(word: str, rest: Iterator[str], grammar: Grammar) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    return (name, next(rest, "")) if name in grammar.with_value and not equals else (name, value)


def _short(word: str, rest: Iterator[str], grammar: Grammar) -> Iterator[tuple[str, str]]:
    """Yield the options of a cluster, `-qr file` or `-rfile`: the first that takes a value takes what follows."""
    for index, letter in enumerate(word[1:], start=1):
        name = grammar.short.get(letter, f"-{letter}")
        if name in grammar.with_value:
            yield name, word[index + 1 :].removeprefix("=") or next(rest, "")
            return
        yield name, ""
