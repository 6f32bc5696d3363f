"""How a policy names a predictor: a factory, a program, or a server on this machine."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.errors import UsageError
from gatekeeper.replay.foreign.http import Endpoint

_FACTORY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_SHELL = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "<<", "2>", "2>&1", "&>"})
_SHOWN = 200
_FORMS = 'one of "package.module:factory", "exec: ./program --option", "http://127.0.0.1:8080/v2/models/NAME/infer"'


@dataclass(frozen=True, slots=True)
class Factory:
    """The production handler's factory: "package.module:factory"."""

    name: str


@dataclass(frozen=True, slots=True)
class Command:
    """A program that speaks JSON lines, and its arguments."""

    words: tuple[str, ...]


Named: TypeAlias = Factory | Command | Endpoint


def parse_predictor(text: str) -> Named:
    """Return what a predictor's name in the policy stands for.

    Raises:
        UsageError: it is none, or names a server that is not on this machine.
    """
    name = text.strip()
    head, _, rest = name.partition(":")
    if head == "exec":
        return _command(rest)
    if "://" in name:
        return Endpoint(name)
    if not _FACTORY.fullmatch(name):
        raise UsageError(f"got the predictor {_shown(text)}, which names none", fix=f"write {_FORMS}")
    return Factory(name)


def _command(text: str) -> Command:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        what = f"got the command {_shown(text)}: {str(error).lower()}"
        raise UsageError(what, fix="close what is quoted, as a shell would have it") from error
    if not words or not words[0]:
        raise UsageError("got no command after exec:", fix="write the program and its arguments: exec: ./serve --jsonl")
    if "\0" in text:
        raise UsageError("got a command with a NUL in it, which no program can be given", fix="take it out")
    operators = [each for each in words if each in _SHELL]
    if operators:
        what = f"got the command {_shown(text)} with {operators[0]!r} in it, and no shell reads it"
        raise UsageError(what, fix="write a script that does it and name that: exec: ./serve.sh")
    return Command(words)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
