"""The commands of a RUN that install packages, whatever shell, wrapper or script they stand behind."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gatekeeper.environment.dockerfile import tools
from gatekeeper.environment.dockerfile.facts import Given, Install, Unread
from gatekeeper.environment.dockerfile.programs import Program, reads_its_program, shown
from gatekeeper.environment.dockerfile.shell import Command, Variables, commands

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_SHELL_SCRIPT = re.compile(r"-[a-zA-Z]*c[a-zA-Z]*")
_READS_INPUT = re.compile(r"-[a-zA-Z]*s[a-zA-Z]*")
_DEEPEST = 4
# What stands for the words that nobody knows here.
_OF_XARGS = "<what xargs reads>"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a command stands: in which folder, on which lines, and in how many scripts inside scripts."""

    folders: list[str]
    line_of: Callable[[int], int]
    nesting: int


@dataclass(slots=True)
class Run:
    """One RUN and what its commands meet.

    Attributes:
        variables: ARG and ENV.
        origins: The options that those set, by variable.
        workdir: Where the commands begin.
        configured: What `pip config set` wrote so far; the commands of this RUN add to it.
        line: Of the instruction.
        unread: The scripts that its commands run and that the Dockerfile does not hold; they are added here.
    """

    variables: Variables
    origins: Mapping[str, Given]
    workdir: str
    line: int
    configured: list[Given] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def installs(self, script: str, line_of: Callable[[int], int]) -> Iterator[Install]:
        """Yield what the commands of a shell script install.

        Raises:
            ValueError: A quote or a bracket of the script is not closed.
        """
        yield from self._script(script, self.variables, line_of, 0)

    def installs_of_words(self, words: Sequence[str]) -> Iterator[Install]:
        """Yield what one command in exec form installs."""
        command = Command(words=tuple(words), variables=self.variables, offset=0)
        yield from self._command(command, _Place([self.workdir], lambda _: self.line, 0))

    def _script(
        self, script: str, variables: Variables, line_of: Callable[[int], int], nesting: int
    ) -> Iterator[Install]:
        folders = [self.workdir]
        for command in commands(script, variables):
            del folders[command.depth + 1 :]
            folders += [folders[-1]] * (command.depth + 1 - len(folders))
            yield from self._command(command, _Place(folders, line_of, nesting))

    def _command(self, command: Command, place: _Place) -> Iterator[Install]:
        words, variables = _unwrapped(command.words, command.variables)
        if not words:
            return
        command = replace(command, words=words, variables=variables)
        program = posixpath.basename(words[0])
        if program == "cd" and len(words) > 1:
            place.folders[-1] = posixpath.join(place.folders[-1], words[1])
        elif program == "eval":
            yield from self._inner(" ".join(words[1:]), command, place, lambda _: place.line_of(command.offset))
        elif program in tools.SHELLS:
            yield from self._shell(command, place)
        elif program not in tools.QUIET:
            found = tuple(self._program(command, place))
            yield from found
            if not found or found[0].tool in tools.RUNNERS:
                yield from self._carried(command, place)

    def _program(self, command: Command, place: _Place) -> Iterator[Install]:
        line = place.line_of(command.offset)
        program = Program(
            words=command.words,
            variables=command.variables,
            folder=place.folders[-1],
            line=line,
            instruction=self.line,
            origins=self.origins,
            configured=self.configured,
        )
        yield from program.installs()

    def _carried(self, command: Command, place: _Place) -> Iterator[Install]:
        """Yield what the command behind another one installs, whatever that is: `gosu app pip ...`, `su -c '...'`."""
        outer, *rest = command.words
        self._note_unread(command, place)
        for index, word in enumerate(rest, start=1):
            inner = replace(command, words=command.words[index:])
            if posixpath.basename(outer) in tools.SCRIPT_RUNNERS and any(map(str.isspace, word)):
                yield from self._inner(word, command, place, lambda _: place.line_of(command.offset))
                return
            if posixpath.basename(word) in tools.SHELLS:
                yield from self._shell(inner, place, notes=False)
                return
            found = tuple(self._program(inner, place))
            if found:
                yield from found
                return

    def _shell(self, command: Command, place: _Place, *, notes: bool = True) -> Iterator[Install]:
        """Yield what the script of a shell installs; one that stands elsewhere is noted, unless it is only a guess."""
        words = command.words[1:]
        option = next((index for index, word in enumerate(words) if _SHELL_SCRIPT.fullmatch(word)), None)
        is_file = option is None and any(not word.startswith(("-", "+")) for word in words)
        if option is not None:
            script = next((word for word in words[option + 1 :] if not word.startswith("-")), "")
            yield from self._inner(script, command, place, lambda _: place.line_of(command.offset))
        elif command.stdin is not None and not is_file:
            start = command.stdin_offset
            yield from self._inner(command.stdin, command, place, lambda offset: place.line_of(start + offset))
        elif notes and (is_file or command.fed):
            self._note(command, place, piped=not is_file or _READS_INPUT.fullmatch(words[0]) is not None)

    def _inner(self, script: str, command: Command, place: _Place, line_of: Callable[[int], int]) -> Iterator[Install]:
        if place.nesting < _DEEPEST:
            yield from self._script(script, command.variables, line_of, place.nesting + 1)
        else:
            self._note(command, place, piped=False)

    def _note_unread(self, command: Command, place: _Place) -> None:
        """Note a command whose own commands stand in a file, or come from its standard input."""
        first, *rest = (posixpath.basename(word) for word in command.words)
        sourced = rest[:1] if first in {"source", "."} else []
        if first in tools.SCRIPTED or any(each.endswith((".sh", ".bash")) for each in (first, *sourced)):
            self._note(command, place, piped=False)
        elif command.fed and command.stdin is None and reads_its_program(command.words):
            self._note(command, place, piped=True)

    def _note(self, command: Command, place: _Place, *, piped: bool) -> None:
        line = place.line_of(command.offset)
        self.unread.append(Unread(written=shown(command.words), line=line, piped=piped))


def _unwrapped(words: Sequence[str], variables: Variables) -> tuple[tuple[str, ...], Variables]:
    """Return the command that stands behind `sudo`, `env A=1` and their like, and what it sees."""
    rest, seen, added = list(words), dict(variables), list[str]()
    while rest and posixpath.basename(rest[0]) in tools.WRAPPERS:
        wrapper = posixpath.basename(rest.pop(0))
        added = [_OF_XARGS] if wrapper == "xargs" else added
        while rest and (rest[0].startswith("-") or _ASSIGNMENT.match(rest[0])):
            word = rest.pop(0)
            if word in tools.WRAPPERS[wrapper]:
                del rest[:1]
            elif _ASSIGNMENT.match(word):
                name, _, value = word.partition("=")
                seen[name] = value
    return (*rest, *added) if rest else (), seen
