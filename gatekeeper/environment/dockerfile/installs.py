"""The commands of a RUN that install packages, whatever shell, wrapper or script they stand behind."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gatekeeper.environment.dockerfile import tools
from gatekeeper.environment.dockerfile.facts import Export, Given, Install, Unread
from gatekeeper.environment.dockerfile.programs import PIPE, Program, reads_its_program, shown
from gatekeeper.environment.dockerfile.scripts import ContextScript
from gatekeeper.environment.dockerfile.shell import Command, Variables, commands
from gatekeeper.errors import Unreadable

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_SHELL_SCRIPT = re.compile(r"-[a-zA-Z]*c[a-zA-Z]*")
_READS_INPUT = re.compile(r"-[a-zA-Z]*s[a-zA-Z]*")
_DEEPEST = 4
# What stands for the words that nobody knows here.
_OF_XARGS = "<what xargs reads>"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a command stands: in which folder, on which lines, in how many scripts inside scripts, in which file."""

    folders: list[str]
    line_of: Callable[[int], int]
    nesting: int
    script: str


@dataclass(slots=True)
class Run:
    """One RUN and what its commands meet.

    Attributes:
        variables: ARG and ENV.
        origins: The options that those set, by variable.
        workdir: Where the commands begin.
        configured: What `pip config set` wrote so far; the commands of this RUN add to it.
        line: Of the instruction.
        script_at: What the build context has for a script at an absolute path of the image; None where it has none.
        exports: The project locks that its commands write in another form; they are added here.
        unread: The scripts that its commands run and that the Dockerfile does not hold; they are added here.
    """

    variables: Variables
    origins: Mapping[str, Given]
    workdir: str
    line: int
    script_at: Callable[[str], ContextScript | None]
    configured: list[Given] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def installs(self, script: str, line_of: Callable[[int], int]) -> Iterator[Install]:
        """Yield what the commands of a shell script install.

        Raises:
            ValueError: A quote or a bracket of the script is not closed.
            Unreadable: The same of a script in the build context, or it can't be read.
        """
        yield from self._script(script, self.variables, _Place([self.workdir], line_of, 0, ""))

    def installs_of_words(self, words: Sequence[str]) -> Iterator[Install]:
        """Yield what one command in exec form installs."""
        command = Command(words=tuple(words), variables=self.variables, offset=0)
        yield from self._command(command, _Place([self.workdir], lambda _: self.line, 0, ""))

    def _script(self, script: str, variables: Variables, place: _Place) -> Iterator[Install]:
        folders = place.folders
        for command in commands(script, variables):
            del folders[command.depth + 1 :]
            folders += [folders[-1]] * (command.depth + 1 - len(folders))
            yield from self._command(command, place)

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
            self.exports += self._as_program(command, place).exports()
            if not found or found[0].tool in tools.RUNNERS:
                yield from self._carried(command, place)

    def _program(self, command: Command, place: _Place) -> Iterator[Install]:
        yield from self._as_program(command, place).installs()

    def _as_program(self, command: Command, place: _Place) -> Program:
        return Program(
            words=command.words,
            variables=command.variables,
            folder=place.folders[-1],
            line=place.line_of(command.offset),
            instruction=self.line,
            script=place.script,
            origins=self.origins,
            configured=self.configured,
            output=PIPE if command.piped else command.output,
        )

    def _carried(self, command: Command, place: _Place) -> Iterator[Install]:
        """Yield what the command behind another one installs, whatever that is: `gosu app pip ...`, `su -c '...'`."""
        outer, *rest = command.words
        yield from self._named_script(command, place)
        for index, word in enumerate(rest, start=1):
            inner = replace(command, words=command.words[index:])
            if posixpath.basename(outer) in tools.SCRIPT_RUNNERS and any(map(str.isspace, word)):
                yield from self._inner(word, command, place, lambda _: place.line_of(command.offset))
                return
            if posixpath.basename(word) in tools.SHELLS:
                yield from self._shell(inner, place, notes=False)
                return
            self.exports += self._as_program(inner, place).exports()
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
        elif is_file or command.fed:
            piped = not is_file or _READS_INPUT.fullmatch(words[0]) is not None
            path = next((word for word in words if not word.startswith(("-", "+"))), "")
            found = None if piped else self._found(path, place)
            if found is not None:
                yield from self._context_script(found, command, place)
            elif notes:
                self._note(command, place, piped=piped)

    def _inner(self, script: str, command: Command, place: _Place, line_of: Callable[[int], int]) -> Iterator[Install]:
        if place.nesting < _DEEPEST:
            inner = _Place([place.folders[-1]], line_of, place.nesting + 1, place.script)
            yield from self._script(script, command.variables, inner)
        else:
            self._note(command, place, piped=False)

    def _found(self, path: str, place: _Place) -> ContextScript | None:
        return self.script_at(posixpath.normpath(posixpath.join(place.folders[-1], path)))

    def _context_script(self, found: ContextScript, command: Command, place: _Place) -> Iterator[Install]:
        """Yield what a script of the build context installs."""
        if place.nesting == _DEEPEST:
            self._note(command, place, piped=False)
            return
        try:
            inner = _Place([place.folders[-1]], found.line_of, place.nesting + 1, found.source)
            yield from self._script(found.placed(), command.variables, inner)
        except ValueError as error:
            what = f"{found.source}, which line {self.line} of the Dockerfile runs, can't be read: {error}"
            raise Unreadable(what, fix="close it: the script would not run either").in_file(found.source) from error

    def _named_script(self, command: Command, place: _Place) -> Iterator[Install]:
        """Yield what a script installs that is started by its path; note one that is not in the build context.

        What comes from the standard input of a shell or a Python is noted too, as are `make` and its like.
        """
        first, *rest = (posixpath.basename(word) for word in command.words)
        is_sourced = first in {"source", "."}
        path = "".join(command.words[1:2]) if is_sourced else command.words[0]
        found = self._found(path, place) if "/" in path or is_sourced else None
        if found is not None and (is_sourced or found.is_shell()):
            yield from self._context_script(found, command, place)
            return
        sourced = rest[:1] if is_sourced else []
        if first in tools.SCRIPTED or any(each.endswith((".sh", ".bash")) for each in (first, *sourced)):
            self._note(command, place, piped=False)
        elif command.fed and command.stdin is None and reads_its_program(command.words):
            self._note(command, place, piped=True)

    def _note(self, command: Command, place: _Place, *, piped: bool) -> None:
        line = place.line_of(command.offset)
        self.unread.append(Unread(written=shown(command.words), line=line, piped=piped, script=place.script))


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
