"""The commands of a RUN that install packages: what each names, from where, and under which options."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gatekeeper.environment.dockerfile import settings, tools
from gatekeeper.environment.dockerfile.arguments import Arguments, parse_arguments
from gatekeeper.environment.dockerfile.facts import Given, Install
from gatekeeper.environment.dockerfile.shell import Command, Variables, commands
from gatekeeper.environment.urls import without_credentials

_PIP_VERBS = frozenset({"install", "download", "wheel"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_DEEPEST = 4


@dataclass(slots=True)
class Run:
    """One RUN and what its commands meet.

    Attributes:
        variables: ARG and ENV.
        origins: The options that those set, by variable.
        workdir: Where the commands begin.
        configured: What `pip config set` wrote so far; the commands of this RUN add to it.
        line: Of the instruction.
    """

    variables: Variables
    origins: Mapping[str, Given]
    workdir: str
    line: int
    configured: list[Given] = field(default_factory=list)

    def installs(self, script: str, line_of: Callable[[int], int]) -> Iterator[Install]:
        """Yield what the commands of a shell script install.

        Raises:
            ValueError: A quote or a bracket of the script is not closed.
        """
        yield from self._script(script, self.variables, line_of, 0)

    def installs_of_words(self, words: Sequence[str]) -> Iterator[Install]:
        """Yield what one command in exec form installs."""
        yield from self._command(
            Command(words=tuple(words), variables=self.variables, offset=0), [self.workdir], lambda _: self.line, 0
        )

    def _script(
        self, script: str, variables: Variables, line_of: Callable[[int], int], nesting: int
    ) -> Iterator[Install]:
        folders = [self.workdir]
        for command in commands(script, variables):
            del folders[command.depth + 1 :]
            folders += [folders[-1]] * (command.depth + 1 - len(folders))
            yield from self._command(command, folders, line_of, nesting)

    def _command(
        self, command: Command, folders: list[str], line_of: Callable[[int], int], nesting: int
    ) -> Iterator[Install]:
        words, variables = _unwrapped(command.words, command.variables)
        if not words:
            return
        program = posixpath.basename(words[0])
        if program == "cd" and len(words) > 1:
            folders[-1] = posixpath.join(folders[-1], words[1])
        elif (program in tools.SHELLS or program == "eval") and nesting < _DEEPEST:
            script, inside = _inner_script(program, words, command, line_of)
            yield from self._script(script, variables, inside, nesting + 1)
        else:
            found = _Found(words=words, variables=variables, folder=folders[-1], line=line_of(command.offset), run=self)
            yield from found.installs()


def _unwrapped(words: Sequence[str], variables: Variables) -> tuple[tuple[str, ...], Variables]:
    """Return the command that stands behind `sudo`, `env A=1` and their like, and what it sees."""
    rest, seen = list(words), dict(variables)
    while rest and posixpath.basename(rest[0]) in tools.WRAPPERS:
        with_value = tools.WRAPPERS[posixpath.basename(rest.pop(0))]
        while rest and (rest[0].startswith("-") or _ASSIGNMENT.match(rest[0])):
            word = rest.pop(0)
            if word in with_value:
                del rest[:1]
            elif _ASSIGNMENT.match(word):
                name, _, value = word.partition("=")
                seen[name] = value
    return tuple(rest), seen


def _inner_script(
    program: str, words: Sequence[str], command: Command, line_of: Callable[[int], int]
) -> tuple[str, Callable[[int], int]]:
    """Return the script that a shell is given: behind `-c`, behind `eval`, or as a heredoc; `""` for a file."""
    if program == "eval":
        return " ".join(words[1:]), lambda _: line_of(command.offset)
    for index, word in enumerate(words[1:], start=1):
        if re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word):
            script = next((each for each in words[index + 1 :] if not each.startswith("-")), "")
            return script, lambda _: line_of(command.offset)
    return command.stdin or "", lambda offset: line_of(command.stdin_offset + offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One command, its wrappers taken off."""

    words: tuple[str, ...]
    variables: Variables
    folder: str
    line: int
    run: Run

    def installs(self) -> Iterator[Install]:
        program, *rest = posixpath.basename(self.words[0]), *self.words[1:]
        if tools.PYTHON.fullmatch(program):
            program, rest = _module(rest)
        if tools.PIP.fullmatch(program):
            yield from self._pip(rest)
        elif program == "uv" and "pip" in rest[:2]:
            yield from self._uv_pip(rest[rest.index("pip") + 1 :])
        elif program in tools.TOOLS:
            yield from self._project_tool(program, rest)

    def _pip(self, rest: Sequence[str]) -> Iterator[Install]:
        given = parse_arguments(rest, tools.PIP_GRAMMAR)
        verb, *words = given.words or ("",)
        if verb in _PIP_VERBS:
            yield self._install("pip", f"pip {verb}", given, words, given.values("--requirement"))
        elif verb == "config" and words[:1] == ["set"] and len(words) > 2:
            name = f"--{words[1].rpartition('.')[2].replace('_', '-')}"
            self.run.configured.append(settings.given(name, words[2], "pip config set", self.line))

    def _uv_pip(self, rest: Sequence[str]) -> Iterator[Install]:
        given = parse_arguments(rest, tools.UV_GRAMMAR)
        verb, *words = given.words or ("",)
        files = given.values("--requirement", "--requirements")
        if verb == "sync":
            yield self._install("uv", "uv pip sync", given, (), (*files, *words))
        elif verb == "install":
            yield self._install("uv", "uv pip install", given, words, files)

    def _install(self, tool: str, name: str, given: Arguments, words: Sequence[str], files: Sequence[str]) -> Install:
        named = (*words, *given.values("--editable"))
        options = (
            *self._given(name, given),
            *settings.from_environment(tool, self.variables, self.run.origins, self.line),
        )
        if tool == "pip":
            options += tuple(each for each in self.run.configured if settings.is_on(each.value))
        on = {each.name for each in options}
        return Install(
            tool=name,
            written=" ".join(map(_without_secret, self.words)),
            line=self.line,
            instruction=self.run.line,
            files=tuple(self._absolute(file) for file in files),
            packages=tuple(word for word in named if not _is_local(word)),
            folders=tuple(word for word in named if _is_local(word)),
            options=tuple(each for each in options if each.name in settings.CHANGING),
            require_hashes=bool({"--require-hashes"} & on)
            and not given.has("--no-require-hashes", "--no-verify-hashes"),
            frozen=False,
            no_deps="--no-deps" in on,
        )

    def _project_tool(self, program: str, rest: Sequence[str]) -> Iterator[Install]:
        grammar = tools.UV_GRAMMAR if program == "uv" else tools.OTHER_GRAMMAR
        given = parse_arguments(rest, grammar)
        name, words = _verb(program, given.words)
        lock = tools.LOCK_TOOLS.get(name)
        if lock is None and name not in tools.ADDING:
            return
        options = tuple(self._given(name, given))
        if program == "uv":
            options += tuple(settings.from_environment("uv", self.variables, self.run.origins, self.line))
        home = next(iter(given.values("--project", "--directory")), "")
        is_file_argument = name == "conda-lock install"
        own = ([*words, lock.file][:1] if is_file_argument else [posixpath.join(home, lock.file)]) if lock else []
        yield Install(
            tool=name,
            written=" ".join(map(_without_secret, self.words)),
            line=self.line,
            instruction=self.run.line,
            files=tuple(self._absolute(file) for file in (*own, *given.values("--file"))),
            packages=() if is_file_argument else tuple(word for word in words if not _is_local(word)),
            folders=() if is_file_argument else tuple(word for word in words if _is_local(word)),
            options=tuple(each for each in options if each.name in settings.CHANGING),
            frozen=lock is not None and self._is_frozen(lock, given),
            no_deps=given.has("--no-deps"),
        )

    def _is_frozen(self, lock: tools.LockTool, given: Arguments) -> bool:
        by_variable = any(settings.is_on(self.variables.get(each) or "") for each in lock.variables)
        return not lock.frozen_by or given.has(*lock.frozen_by) or by_variable

    def _given(self, name: str, given: Arguments) -> Iterator[Given]:
        for option, value in given.options:
            if option in settings.CHANGING or option in {"--require-hashes", "--no-deps"}:
                yield settings.given(option, value, name, self.line)

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, path))


def _module(rest: Sequence[str]) -> tuple[str, list[str]]:
    """Return the module that `python -m` runs, and its arguments; `""` where it runs none."""
    for index, word in enumerate(rest):
        if word == "-m" and index + 1 < len(rest):
            return rest[index + 1], list(rest[index + 2 :])
        if not word.startswith("-") or word == "-c":
            break
    return "", []


def _verb(program: str, words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the longest name of a known command that the words begin with, and the words behind it."""
    for count in (2, 1):
        name = " ".join((program, *words[:count]))
        if len(words) >= count and (name in tools.LOCK_TOOLS or name in tools.ADDING):
            return name, words[count:]
    return program, words


def _without_secret(word: str) -> str:
    option, equals, value = word.rpartition("=")
    return f"{option}{equals}{without_credentials(value)}" if "://" in value else word


def _is_local(word: str) -> bool:
    """Return whether pip takes a word for a path: it has a slash or is an archive, and is no URL."""
    path = word.partition("[")[0]
    return "://" not in word and (path in {".", ".."} or "/" in path or path.endswith(_ARCHIVES))
