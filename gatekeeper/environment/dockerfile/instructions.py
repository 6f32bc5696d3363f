"""The text of a Dockerfile as instructions: parser directives, comments, continued lines, heredocs.

It follows BuildKit (`frontend/dockerfile/parser`): an empty line or a comment inside a continued line is dropped and
does not end it; a blank behind the escape character changes nothing; a heredoc begins only at a word of its own, in
RUN, COPY and ADD.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.requirements.lines import Piece
from gatekeeper.errors import Unreadable

KEYWORDS = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
_WITH_HEREDOC = frozenset({"ADD", "COPY", "RUN"})
_DIRECTIVE = re.compile(r"#[ \t]*(?P<key>[A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(?P<value>.+?)[ \t]*")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_WORD = re.compile(r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\"'\\])+")
_HEREDOC = re.compile(r"\d*<<(?P<chomp>-?)(?P<name>[^<\s]+)")
_LINE_END = {"\\": re.compile(r"(?:(?<=[^\\])|\A)\\[ \t]*\Z"), "`": re.compile(r"(?:(?<=[^`])|\A)`[ \t]*\Z")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heredoc:
    """A heredoc: its name as written on the first line without quotes, its text, and the line its text begins at."""

    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction.

    Attributes:
        keyword: In upper case.
        text: What follows the keyword, continued lines joined.
        line: Where it begins.
        pieces: Which line each part of `text` came from.
        heredocs: In the order of their names.
    """

    keyword: str
    text: str
    line: int
    pieces: tuple[Piece, ...]
    heredocs: tuple[Heredoc, ...] = ()

    def line_of(self, offset: int) -> int:
        """Return the line of a character of `text`."""
        return self.pieces[max(bisect_right(self.pieces, offset, key=attrgetter("offset")) - 1, 0)].line


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A Dockerfile as instructions.

    Attributes:
        escape: The character that continues a line: a backslash, or a backtick where a directive says so.
        syntax: The image of the frontend that a directive asks for.
    """

    instructions: tuple[Instruction, ...]
    escape: str
    syntax: str | None


def parse_instructions(text: str) -> Script:
    """Return the instructions of a Dockerfile whose lines end in LF.

    Raises:
        Unreadable: A line begins with no known instruction, a heredoc has no end, a directive is none.
    """
    lines = text.split("\n")
    directives = _directives(lines)
    escape = directives.get("escape", "\\")
    instructions = tuple(_instructions(lines, escape))
    return Script(instructions=instructions, escape=escape, syntax=directives.get("syntax"))


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of an instruction as written, with their quotes; a quote that is not closed ends nothing."""
    return tuple(found[0] for found in _WORD.finditer(text))


def _directives(lines: list[str]) -> dict[str, str]:
    """Return the parser directives: only in the first lines, each once; the first other comment ends them."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _DIRECTIVE.fullmatch(line.strip())
        key = match["key"].lower() if match else ""
        if match is None or key not in _DIRECTIVES:
            return found
        if key in found:
            what = f"the parser directive {key} stands here twice, expected it once"
            raise Unreadable(what, fix="keep one of the two", line=number, column=1)
        if key == "escape" and match["value"] not in _LINE_END:
            what = f"got the escape character {quoted(match['value'])}, expected a backslash or a backtick"
            raise Unreadable(what, fix="write: # escape=` or delete the line", line=number, column=1)
        found[key] = match["value"]
    return found


def _instructions(lines: list[str], escape: str) -> Iterator[Instruction]:
    number = 0
    while number < len(lines):
        first, number = number + 1, number + 1
        line = lines[first - 1].lstrip()
        if not line or line.startswith("#"):
            continue
        keyword = re.split(r"[\s`\\]", line, maxsplit=1)[0]
        _refuse_unknown(keyword, first)
        text, pieces, number = _joined(lines, line[len(keyword) :], number, escape)
        heredocs, number = _heredocs(keyword.upper(), text, lines, number)
        yield Instruction(keyword=keyword.upper(), text=text, line=first, pieces=pieces, heredocs=heredocs)


def _refuse_unknown(keyword: str, line: int) -> None:
    if keyword.upper() not in KEYWORDS:
        what = f"got {quoted(keyword)} where an instruction begins, expected FROM, RUN, COPY ..."
        fix = "correct the word, or end the line before it in a backslash if this line continues it"
        raise Unreadable(what, fix=fix, line=line, column=1)


def _joined(lines: list[str], rest: str, number: int, escape: str) -> tuple[str, tuple[Piece, ...], int]:
    """Return the whole instruction's text, where its parts stand, and the index of the line that follows it."""
    end = _LINE_END[escape]
    parts, pieces, offset = [], [Piece(0, number)], 0
    while True:
        match = end.search(rest)
        parts.append(rest if match is None else rest[: match.start()])
        offset += len(parts[-1])
        # Dropped inside a continued line: empty lines and comments.
        while match and number < len(lines) and (not lines[number].strip() or lines[number].lstrip().startswith("#")):
            number += 1
        if match is None or number == len(lines):
            return "".join(parts), tuple(pieces), number
        rest, number = lines[number], number + 1
        pieces.append(Piece(offset, number))


def _heredocs(keyword: str, text: str, lines: list[str], number: int) -> tuple[tuple[Heredoc, ...], int]:
    if keyword == "ONBUILD":
        keyword, _, text = text.strip().partition(" ")
    if keyword.upper() not in _WITH_HEREDOC or "<<" not in text or text.lstrip().startswith("["):
        return (), number
    found: list[Heredoc] = []
    for match in filter(None, map(_HEREDOC.fullmatch, words_of(text))):
        name = re.sub(r"[\"'\\]", "", match["name"])
        start, body = number, list[str]()
        while True:
            if number == len(lines):
                what = f"the heredoc {quoted(name)} has no end: no line says {name}"
                raise Unreadable(what, fix=f"add a line: {name}", line=start, column=1)
            line = lines[number].lstrip("\t") if match["chomp"] else lines[number]
            number += 1
            if line == name:
                break
            body.append(line + "\n")
        found.append(Heredoc(name=name, text="".join(body), line=start + 1))
    return tuple(found), number
