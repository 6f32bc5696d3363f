"""What one command installs: what it names, from where, and under which options."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gatekeeper.environment.dockerfile import settings, tools
from gatekeeper.environment.dockerfile.arguments import Arguments, parse_arguments
from gatekeeper.environment.dockerfile.facts import Export, Given, Install
from gatekeeper.environment.dockerfile.selecting import asked_by
from gatekeeper.environment.dockerfile.shell import Variables
from gatekeeper.environment.urls import is_url, without_credentials

PIPE = "/dev/stdin"
"""Where a command finds what the one before it in a pipe wrote; pip and uv take `-` for it."""

_PIP_VERBS = frozenset({"install", "download", "wheel"})
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
# The first letter of a cluster that takes a value ends it: `-Im pip`, `-mpip`, `-X utf8`, `-Wignore`.
_PYTHON_OPTION = re.compile(r"-(?:[^-cmWX][^cmWX]*)?(?P<letter>[cmWX])(?P<value>.*)", re.DOTALL)
# pip takes what a project lists under these without a lock: nothing there has a hash.
_LISTS = ("--group", "--requirements-from-script")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One command, its wrappers taken off.

    Attributes:
        words: The program and its arguments.
        variables: What it sees.
        folder: Where it runs.
        line: Where it begins.
        instruction: The line of its RUN.
        script: The file of the build context that `line` is of; `""` for the Dockerfile.
        origins: The options that ENV and ARG set, by variable.
        configured: What `pip config set` wrote so far; the command may add to it.
        output: The file that its standard output goes to; `PIPE` where the next command reads it, None otherwise.
    """

    words: tuple[str, ...]
    variables: Variables
    folder: str
    line: int
    instruction: int
    script: str
    origins: Mapping[str, Given]
    configured: list[Given]
    output: str | None = None

    def installs(self) -> Iterator[Install]:
        """Yield what it installs; nothing for a program that is not known."""
        program, *rest = posixpath.basename(self.words[0]), *self.words[1:]
        if tools.PYTHON.fullmatch(program):
            program, rest = _run_by_python(rest)
        if tools.PIP.fullmatch(program):
            yield from self._pip(rest)
        elif posixpath.basename(program) == "setup.py" and {"install", "develop"} & set(rest):
            yield replace(self._bare("setup.py"), folders=(posixpath.dirname(program) or ".",))
        elif program in tools.TOOLS:
            name, words, given = _parsed(program, rest)
            if program == "uv" and given.words[:1] == ("pip",):
                yield from self._uv_pip(given)
            elif name in tools.RUNNING:
                yield from self._package_that_runs(name, words, given)
            else:
                yield from self._project_tool(name, words, given)

    def exports(self) -> Iterator[Export]:
        """Yield the file that it makes of a project lock; nothing for a program that does not."""
        program, *rest = posixpath.basename(self.words[0]), *self.words[1:]
        if tools.PYTHON.fullmatch(program):
            program, rest = _run_by_python(rest)
        if program not in tools.TOOLS:
            return
        name, _, given = _parsed(program, rest)
        lock = tools.EXPORTING.get(name)
        written = next(iter(given.values("--output-file", "--output")), self.output)
        if lock is None or written is None:
            return
        (file,) = (self._absolute(each) for each in _files_of(lock, given, ()))
        yield Export(
            tool=name,
            written=shown(self.words),
            line=self.line,
            instruction=self.instruction,
            file=self._absolute(written),
            lock=file,
            asked=asked_by(name, given, file, self.variables),
            frozen=self._is_frozen(lock, given),
            script=self.script,
        )

    def _pip(self, rest: Sequence[str]) -> Iterator[Install]:
        given = parse_arguments(rest, tools.PIP_GRAMMAR)
        verb, *words = given.words or ("",)
        if verb in _PIP_VERBS:
            yield self._install("pip", f"pip {verb}", given, words, given.values("--requirement"))
        elif verb == "config" and words[:1] == ["set"] and len(words) > 2:
            name = f"--{words[1].rpartition('.')[2].replace('_', '-')}"
            self.configured.append(settings.given(name, words[2], "pip config set", self.line, self.script))

    def _uv_pip(self, given: Arguments) -> Iterator[Install]:
        verb, words = "".join(given.words[1:2]), given.words[2:]
        files = given.values("--requirement", "--requirements")
        if verb == "sync":
            yield self._install("uv", "uv pip sync", given, (), (*files, *words))
        elif verb == "install":
            yield self._install("uv", "uv pip install", given, words, files)
        elif verb == "compile":
            yield self._bare("uv pip compile")

    def _install(self, tool: str, name: str, given: Arguments, words: Sequence[str], files: Sequence[str]) -> Install:
        lists = (f"{option} {value}" for option, value in given.options if option in _LISTS)
        named = (*words, *given.values("--editable"))
        options = (
            *self._given(name, given),
            *settings.from_environment(tool, self.variables, self.origins, self.line, self.script),
        )
        if tool == "pip":
            options += tuple(each for each in self.configured if settings.is_on(each.value))
        on = {each.name for each in options}
        return replace(
            self._bare(name),
            files=tuple(self._absolute(file) for file in files),
            packages=(*(word for word in named if not _is_local(word)), *lists),
            folders=tuple(word for word in named if _is_local(word)),
            options=tuple(each for each in options if each.name in settings.CHANGING),
            require_hashes="--require-hashes" in on and not given.has("--no-require-hashes", "--no-verify-hashes"),
            no_deps="--no-deps" in on,
        )

    def _package_that_runs(self, name: str, words: Sequence[str], given: Arguments) -> Iterator[Install]:
        """Yield the package that is installed to be run once, and those that it gets beside it."""
        packages = [*(given.values(*tools.RUNNING[name]) or words[:1]), *given.values("--with", "--with-editable")]
        if packages:
            yield replace(
                self._bare(name),
                files=tuple(self._absolute(file) for file in given.values("--with-requirements")),
                packages=tuple(word for word in packages if not _is_local(word)),
                folders=tuple(word for word in packages if _is_local(word)),
                options=tuple(each for each in self._given(name, given) if each.name in settings.CHANGING),
            )

    def _project_tool(self, name: str, words: Sequence[str], given: Arguments) -> Iterator[Install]:
        if name in tools.RESOLVING and not given.has(*tools.RESOLVING[name]):
            yield self._bare(name)
        lock = tools.LOCK_TOOLS.get(name)
        if (lock is None and name not in tools.ADDING) or (lock is not None and self._is_idle(lock, given)):
            return
        options = tuple(self._given(name, given))
        if name.startswith("uv "):
            options += tuple(settings.from_environment("uv", self.variables, self.origins, self.line, self.script))
        if lock is not None and lock.runs:
            words = given.values("--with", "--with-editable")
        named = () if lock is not None and lock.takes_files else words
        own = tuple(self._absolute(file) for file in _files_of(lock, given, words))
        more = given.values("--file", "--requirements", "--with-requirements")
        yield replace(
            self._bare(name),
            files=(*own, *(self._absolute(file) for file in more)),
            packages=tuple(word for word in named if not _is_local(word)),
            folders=tuple(word for word in named if _is_local(word)),
            options=tuple(each for each in options if each.name in settings.CHANGING),
            frozen=lock is not None and self._is_frozen(lock, given),
            no_deps=given.has("--no-deps"),
            asked=asked_by(name, given, own[0], self.variables) if own else None,
        )

    def _is_idle(self, lock: tools.LockTool, given: Arguments) -> bool:
        return given.has(*lock.idle_by) or self._is_set(lock.idle_variables)

    def _is_frozen(self, lock: tools.LockTool, given: Arguments) -> bool:
        return not lock.frozen_by or given.has(*lock.frozen_by) or self._is_set(lock.variables)

    def _is_set(self, variables: Sequence[str]) -> bool:
        return any(settings.is_on(self.variables.get(each) or "") for each in variables)

    def _given(self, name: str, given: Arguments) -> Iterator[Given]:
        for option, value in given.options:
            if option in settings.CHANGING or option in {"--require-hashes", "--no-deps"}:
                yield settings.given(option, value, name, self.line, self.script)

    def _bare(self, tool: str) -> Install:
        return Install(
            tool=tool, written=shown(self.words), line=self.line, instruction=self.instruction, script=self.script
        )

    def _absolute(self, path: str) -> str:
        if is_url(path):
            return without_credentials(path)
        if path == "-":
            return PIPE
        return posixpath.normpath(posixpath.join(self.folder, path))


def shown(words: Sequence[str]) -> str:
    """Return a command as people read it: without the credentials of its URLs."""
    return " ".join(map(_without_secret, words))


def reads_its_program(words: Sequence[str]) -> bool:
    """Return whether a command is a Python that runs what stands on its standard input: `curl ... | python3 -`."""
    program, *rest = posixpath.basename(words[0]), *words[1:]
    return tools.PYTHON.fullmatch(program) is not None and _run_by_python(rest)[0] in {"", "-"}


def _files_of(lock: tools.LockTool | None, given: Arguments, words: Sequence[str]) -> tuple[str, ...]:
    """Return the locks that a tool reads: those that it is given, else the one in the project's folder."""
    if lock is None:
        return ()
    if lock.takes_files and words:
        return tuple(words)
    home = next(iter(given.values("--project", "--directory")), "")
    named = given.values("--lockfile")
    return (posixpath.join(home, named[-1] if named else lock.file),)


def _run_by_python(rest: Sequence[str]) -> tuple[str, list[str]]:
    """Return the module or the script that Python runs, and its arguments; `-` and `""` stand for standard input."""
    words = list(rest)
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word == "-":
            return word, words
        option = _PYTHON_OPTION.fullmatch(word)
        if option is None:
            continue
        value = option["value"] or (words.pop(0) if words else "")
        if option["letter"] in "cm":
            return (value, words) if option["letter"] == "m" else ("-c", [])
    return "", []


def _parsed(program: str, rest: Sequence[str]) -> tuple[str, Sequence[str], Arguments]:
    """Return the command's name, the words behind that, and what it was given; what it runs is not given to it."""
    grammar = tools.grammar_of(program)
    given = parse_arguments(rest, grammar)
    name, words = tools.name_of(program, given.words)
    if name in tools.RUNNING or name in tools.RUNNERS:
        given = parse_arguments(rest, grammar, most=len(given.words) - len(words) + 1)
        name, words = tools.name_of(program, given.words)
    return name, words, given


def _without_secret(word: str) -> str:
    option, equals, value = word.rpartition("=")
    return f"{option}{equals}{without_credentials(value)}" if "://" in value else word


def _is_local(word: str) -> bool:
    """Return whether pip takes a word for a path: it has a slash or is an archive, and is no URL."""
    path = word.partition("[")[0]
    return "://" not in word and (path in {".", ".."} or "/" in path or path.endswith(_ARCHIVES))
