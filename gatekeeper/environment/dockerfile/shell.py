"""The simple commands of a shell script, as far as it takes to see what it installs.

A tokenizer for POSIX shell: quotes, backslashes, `&&`, `||`, `;`, `|`, `&`, newlines, groups, redirections, heredocs,
assignments, command substitution. Nothing is executed; variables are put in where their value is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gatekeeper.environment.dockerfile.expansion import expand

Variables: TypeAlias = Mapping[str, str | None]

_OPERATOR = re.compile(r"&&|\|\||;;|\|&|[;|&()]")
_REDIRECTION = re.compile(r"[0-9]*(?P<kind><<-|<<<|<<|<>|<&|>>|>&|>\||&>>|&>|<|>)")
# Of standard output: `2>` is none of them.
_TO_FILE = frozenset({">", ">|", ">>", "1>", "1>>", "&>", "&>>"})
_PLAIN = re.compile(r"[^\s\\\"'$`;|&()<>#]+")
# Inside a word it begins no comment.
_HASH = re.compile("#")
_BLANK = re.compile(r"[ \t]*")
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
# Words that may stand before a command and are none.
_RESERVED = frozenset({"if", "then", "else", "elif", "fi", "while", "until", "do", "done", "{", "}", "!", "time"})
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command.

    Attributes:
        words: Without quotes, variables put in.
        variables: What it sees: those of the script, and its own assignments.
        offset: Where it begins in the script.
        depth: The number of subshells around it.
        stdin: The text of its heredoc, and `stdin_offset` where that begins.
        fed: Whether its standard input is a pipe or a file.
        output: The file that its standard output goes to; None where it goes nowhere else.
        piped: Whether the next command reads its standard output.
    """

    words: tuple[str, ...]
    variables: Variables
    offset: int
    depth: int = 0
    stdin: str | None = None
    stdin_offset: int = 0
    fed: bool = False
    output: str | None = None
    piped: bool = False


def commands(script: str, variables: Variables) -> Iterator[Command]:
    """Yield each simple command in the order of the script.

    Raises:
        ValueError: A quote or a bracket is not closed.
    """
    return _Reader(script, dict(variables)).commands()


@dataclass(slots=True)
class _Pending:
    """The command that is being read."""

    words: list[str] = field(default_factory=list)
    assigned: dict[str, str | None] = field(default_factory=dict)
    offset: int = -1
    heredocs: list[str] = field(default_factory=list)
    fed: bool = False
    output: str | None = None
    piped: bool = False


@dataclass(slots=True)
class _Reader:
    script: str
    variables: dict[str, str | None]
    at: int = 0
    depth: int = 0
    nesting: int = 0
    inner: list[tuple[int, str]] = field(default_factory=list)

    def commands(self) -> Iterator[Command]:
        pending = _Pending()
        while self.at < len(self.script):
            character = self.script[self.at]
            if character == "\n":
                stdin = self._heredoc_bodies(pending)
                yield from self._finished(pending, stdin)
                pending = _Pending()
            elif character.isspace():
                self.at += 1
            elif character == "#":
                self._skip_comment()
            elif self.script.startswith("\\\n", self.at):
                self.at += 2
            elif redirection := _REDIRECTION.match(self.script, self.at):
                self._redirect(redirection, pending)
            elif operator := _OPERATOR.match(self.script, self.at):
                yield from self._separated(operator, pending)
                # A heredoc's text follows the line, whatever else the line holds.
                pending = _Pending(heredocs=pending.heredocs, fed=pending.piped)
            else:
                self._word(pending)
        yield from self._finished(pending, None)

    def _separated(self, operator: re.Match[str], pending: _Pending) -> Iterator[Command]:
        self.at = operator.end()
        pending.piped = operator[0] in {"|", "|&"}
        yield from self._finished(pending, self._text_ahead(pending))
        self.depth = max(self.depth + {"(": 1, ")": -1}.get(operator[0], 0), 0)

    def _finished(self, pending: _Pending, stdin: tuple[str, int] | None) -> Iterator[Command]:
        """Yield the command, and before it those of its command substitutions."""
        inner, self.inner = self.inner, []
        for offset, script in inner:
            if self.nesting < _DEEPEST:
                nested = _Reader(script, dict(self.variables), depth=self.depth + 1, nesting=self.nesting + 1)
                for each in nested.commands():
                    yield Command(
                        words=each.words, variables=each.variables, offset=offset, depth=each.depth, stdin=each.stdin
                    )
        if not pending.words:
            self.variables |= pending.assigned
            return
        if pending.words[0] == "export":
            assigned = (found for found in map(_ASSIGNMENT.fullmatch, pending.words[1:]) if found)
            self.variables |= {found["name"]: found["value"] for found in assigned}
        text, offset = stdin or (None, 0)
        yield Command(
            words=tuple(pending.words),
            variables={**self.variables, **pending.assigned},
            offset=pending.offset,
            depth=self.depth,
            stdin=text,
            stdin_offset=offset,
            fed=pending.fed,
            output=pending.output,
            piped=pending.piped,
        )

    def _word(self, pending: _Pending) -> None:
        start = self.at
        parts = self._parts()
        if pending.offset < 0:
            pending.offset = start
        if not pending.words:
            assignment = _ASSIGNMENT.fullmatch("".join(text for text, _ in parts))
            if assignment and _ASSIGNMENT.match(self.script, start):
                pending.assigned[assignment["name"]] = assignment["value"]
                return
        words = _split(parts)
        if not pending.words and words and words[0] in _RESERVED:
            pending.offset = -1
            words = words[1:]
        pending.words += words

    def _parts(self) -> list[tuple[str, bool]]:
        """Read one word: pieces of text, and whether each is split at its blanks (an unquoted variable is)."""
        parts: list[tuple[str, bool]] = []
        while self.at < len(self.script):
            character = self.script[self.at]
            if character == "'":
                parts.append((self._up_to("'"), False))
            elif character == '"':
                parts.append((self._double(), False))
            elif character == "\\":
                parts.append((self.script[self.at + 1 : self.at + 2].replace("\n", ""), False))
                self.at += 2
            elif character in "$`":
                parts.append((self._substitution(), True))
            elif plain := _PLAIN.match(self.script, self.at) or _HASH.match(self.script, self.at):
                parts.append((plain[0], False))
                self.at = plain.end()
            else:
                break
        return parts

    def _up_to(self, end: str) -> str:
        start, close = self.at + 1, self.script.find(end, self.at + 1)
        if close < 0:
            raise ValueError(f"a {end} is not closed")
        self.at = close + 1
        return self.script[start:close]

    def _double(self) -> str:
        parts: list[str] = []
        self.at += 1
        while self.at < len(self.script):
            character = self.script[self.at]
            if character == '"':
                self.at += 1
                return "".join(parts)
            if character == "\\" and self.script[self.at + 1 : self.at + 2] in set('"\\$`\n'):
                parts.append(self.script[self.at + 1].replace("\n", ""))
                self.at += 2
            elif character in "$`":
                parts.append(self._substitution())
            else:
                parts.append(character)
                self.at += 1
        raise ValueError('a " is not closed')

    def _substitution(self) -> str:
        """Return the value of a variable, or what stands there where nobody knows it."""
        start = self.at
        if self.script[start] == "`":
            self.inner.append((start, self._up_to("`")))
        elif self.script.startswith("$(", start):
            self.at = _closing(self.script, start + 1)
            if not self.script.startswith("$((", start):
                self.inner.append((start, self.script[start + 2 : self.at - 1]))
        elif self.script.startswith("${", start):
            self.at = _closing(self.script, start + 1)
            return expand(self.script[start : self.at], self.variables).text
        else:
            found = _PARAMETER.match(self.script, start)
            self.at = found.end() if found else start + 1
            return expand(self.script[start : self.at], self.variables).text
        return self.script[start : self.at]

    def _redirect(self, found: re.Match[str], pending: _Pending) -> None:
        blank = _BLANK.match(self.script, found.end())
        self.at = blank.end() if blank else found.end()
        target = "".join(text for text, _ in self._parts())
        if found["kind"] in {"<<", "<<-"}:
            pending.heredocs.append(target)
        elif found["kind"] in {"<", "<<<"}:
            pending.fed = True
        elif found[0] in _TO_FILE:
            pending.output = target

    def _skip_comment(self) -> None:
        end = self.script.find("\n", self.at)
        self.at = len(self.script) if end < 0 else end

    def _heredoc_bodies(self, pending: _Pending) -> tuple[str, int] | None:
        """Step over the line's end and the texts of its heredocs; return the last text, which is the command's."""
        last = None
        self.at += 1
        for name in pending.heredocs:
            last = self._body(name, self.at)
            self.at = last[1] + len(last[0])
            self.at = self.script.find("\n", self.at) + 1 or len(self.script)
        return last

    def _text_ahead(self, pending: _Pending) -> tuple[str, int] | None:
        """Return the text of a heredoc of a command that is not the last of its line."""
        end = self.script.find("\n", self.at)
        return self._body(pending.heredocs[-1], end + 1) if pending.heredocs and end >= 0 else None

    def _body(self, name: str, start: int) -> tuple[str, int]:
        found = re.compile(rf"^\t*{re.escape(name)}$", re.MULTILINE).search(self.script, start)
        end = found.start() if found else len(self.script)
        return self.script[start:end], start


def _split(parts: list[tuple[str, bool]]) -> list[str]:
    """Return the words that the pieces of one word make: a variable's value is split at its blanks."""
    words = [""]
    any_quoted = False
    for text, splits in parts:
        if not splits or "$(" in text or "`" in text or "${" in text:
            words[-1] += text
            any_quoted = True
            continue
        first, *more = re.split(r"\s+", text)
        words[-1] += first
        words += more
    return [word for word in words if word or any_quoted]


def _closing(text: str, start: int) -> int:
    """Return the offset behind the bracket that closes the one at `start`; quotes are stepped over."""
    opening = text[start]
    closing = {"(": ")", "{": "}"}[opening]
    depth, at = 0, start
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif character in "'\"":
            end = text.find(character, at + 1)
            if end < 0:
                break
            at = end
        elif character == opening:
            depth += 1
        elif character == closing:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    raise ValueError(f"a {opening} is not closed")
