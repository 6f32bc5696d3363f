"""Instructions as stages: variables put in, what each stage starts from, takes, copies and installs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gatekeeper.environment.dockerfile import settings
from gatekeeper.environment.dockerfile.context import context_paths
from gatekeeper.environment.dockerfile.expansion import Expanded, expand
from gatekeeper.environment.dockerfile.facts import Copy, Dockerfile, Export, Given, Install, Origin, Stage, Unread
from gatekeeper.environment.dockerfile.images import parse_image
from gatekeeper.environment.dockerfile.installs import Run
from gatekeeper.environment.dockerfile.instructions import Instruction, Script, words_of
from gatekeeper.environment.dockerfile.scripts import ContextScript, run_script
from gatekeeper.environment.dockerfile.syntax import assignments, flags_of, json_words, plain_words, target_path
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable

# What a container installs when it starts is in production too.
_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT"})
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")
_AUTOMATIC = tuple(f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "ARCH", "VARIANT"))
_NO_VARIABLE = "Docker puts no variable in here; give the image a stage of its own: FROM image AS name"


@dataclass(slots=True)
class _Draft:
    """A stage while its instructions are read."""

    number: int
    name: str
    line: int
    base: Origin
    platform: Expanded | None
    workdir: str = "/"
    arguments: dict[str, str | None] = field(default_factory=dict)
    environment: dict[str, str | None] = field(default_factory=dict)
    origins: dict[str, Given] = field(default_factory=dict)
    configured: list[Given] = field(default_factory=list)
    takes: list[Origin] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    installs: list[Install] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    settings: list[Given] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str | None]:
        """What an instruction sees; ENV wins over ARG."""
        return {**self.arguments, **self.environment}

    def finished(self) -> Stage:
        unknown = self.platform.unknown if self.platform else ()
        return Stage(
            number=self.number,
            name=self.name,
            line=self.line,
            base=self.base,
            platform=self.platform.text if self.platform else None,
            platform_undecided=", ".join(unknown),
            takes=tuple(self.takes),
            copies=tuple(self.copies),
            installs=tuple(self.installs),
            exports=tuple(self.exports),
            unread=tuple(self.unread),
            settings=tuple(self.settings),
        )


def build_stages(
    script: Script, platform: str | None = None, read_script: Callable[[str], str | None] = lambda _: None
) -> Dockerfile:
    """Return the stages of a Dockerfile as a build without `--build-arg` makes them.

    Args:
        script: Its instructions.
        platform: What is built for, such as `linux/amd64`; it decides `TARGETPLATFORM` and its parts.
        read_script: Gives the text of a file of the build context, None where there is none. With it the scripts that
            are copied into the image and run there are read too.

    Raises:
        Unreadable: There is no FROM, an image or an alias is none, a quote of a RUN is not closed, or a script of the
            build context can't be read.
    """
    builder = _Builder(escape=script.escape, automatic=_automatic(platform), names=_names(script), read=read_script)
    for instruction in script.instructions:
        builder.add(instruction)
    if not builder.drafts:
        raise Unreadable("got no FROM, expected at least one stage", fix="begin with: FROM image@sha256:...", line=1)
    return Dockerfile(stages=tuple(draft.finished() for draft in builder.drafts), syntax=script.syntax)


def _automatic(platform: str | None) -> dict[str, str | None]:
    """Return the variables that BuildKit sets by itself; the machine that builds is never known."""
    values: dict[str, str | None] = dict.fromkeys(_AUTOMATIC)
    if platform is not None:
        os_, arch, *variant = platform.split("/")
        values |= {"TARGETPLATFORM": platform, "TARGETOS": os_, "TARGETARCH": arch}
        values["TARGETVARIANT"] = variant[0] if variant else ""
    return values


def _names(script: Script) -> dict[str, int]:
    """Return the number of each alias: `COPY --from` may name a stage that comes later."""
    first_lines = (each for each in script.instructions if each.keyword == "FROM")
    aliases = ((number, plain_words(each.text)) for number, each in enumerate(first_lines))
    return {words[2].lower(): number for number, words in aliases if len(words) == 3}


@dataclass(slots=True)
class _Builder:
    escape: str
    automatic: Mapping[str, str | None]
    names: Mapping[str, int]
    read: Callable[[str], str | None]
    arguments: dict[str, str | None] = field(default_factory=dict)
    drafts: list[_Draft] = field(default_factory=list)

    def add(self, instruction: Instruction) -> None:
        """Take one instruction in."""
        keyword, text = instruction.keyword, instruction.text
        if keyword == "ONBUILD":
            # It runs where this stage is built upon, and counts as if it ran here.
            keyword, _, text = text.strip().partition(" ")
            keyword = keyword.upper()
        if keyword == "FROM":
            self.drafts.append(self._from(instruction))
        elif keyword == "ARG":
            self._arg(instruction, text)
        elif not self.drafts:
            what = f"got {keyword} before the first FROM, expected only ARG there"
            raise Unreadable(what, fix="move it behind a FROM", line=instruction.line, column=1)
        elif keyword == "ENV":
            self._env(instruction, text)
        elif keyword == "WORKDIR":
            self._workdir(text)
        elif keyword in {"COPY", "ADD"}:
            self._copy(instruction, text)
        elif keyword in _COMMANDS:
            self._run(instruction, text)

    def _from(self, instruction: Instruction) -> _Draft:
        words = plain_words(instruction.text)
        if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
            what = f"got FROM {quoted(instruction.text)}, expected FROM image or FROM image AS name"
            raise Unreadable(what, fix="write one image, and AS with one name", line=instruction.line, column=1)
        name = words[2].lower() if len(words) == 3 else ""
        if name and not _STAGE_NAME.fullmatch(name):
            what = f"got the stage name {quoted(words[2])}, expected a letter, then letters, digits, - _ ."
            raise Unreadable(what, fix="rename the stage", line=instruction.line, column=1)
        base = self._base(words[0], instruction.line)
        flags, _ = flags_of(instruction.text)
        platform = expand(flags["platform"][0], self._global(), self.escape) if "platform" in flags else None
        draft = _Draft(len(self.drafts), name, instruction.line, base, platform)
        if base.stage is not None:
            before = self.drafts[base.stage]
            draft.workdir = before.workdir
            draft.arguments, draft.environment = dict(before.arguments), dict(before.environment)
            draft.origins, draft.configured = dict(before.origins), list(before.configured)
        return draft

    def _global(self) -> dict[str, str | None]:
        return {**self.automatic, **self.arguments}

    def _base(self, written: str, line: int) -> Origin:
        expanded = expand(written, self._global(), self.escape)
        if expanded.unknown:
            reason = "; ".join(map(_unknown, expanded.unknown))
            return Origin(by="FROM", written=written, line=line, undecided=reason)
        earlier = {draft.name: draft.number for draft in self.drafts if draft.name}
        if expanded.text.lower() in earlier:
            return Origin(by="FROM", written=written, line=line, stage=earlier[expanded.text.lower()])
        if expanded.text == "scratch":
            return Origin(by="FROM", written=written, line=line)
        return _image("FROM", written, expanded.text, line)

    def _source(self, by: str, written: str, line: int) -> Origin:
        """Return what `--from` names: a stage by alias or number, else an image."""
        if "$" in written:
            return Origin(by=by, written=written, line=line, undecided=_NO_VARIABLE)
        if written.isascii() and written.isdigit():
            if int(written) >= len(self.drafts):
                what = f"{by} names stage {written}, expected one of the {len(self.drafts) - 1} before this one"
                raise Unreadable(what, fix="name the stage by its alias", line=line, column=1)
            return Origin(by=by, written=written, line=line, stage=int(written))
        if written.lower() in self.names:
            return Origin(by=by, written=written, line=line, stage=self.names[written.lower()])
        return _image(by, written, written, line)

    def _arg(self, instruction: Instruction, text: str) -> None:
        draft = self.drafts[-1] if self.drafts else None
        for word in words_of(text):
            name, equals, default = word.partition("=")
            seen = draft.variables if draft else self._global()
            value = expand(default, seen, self.escape).text if equals else None
            if draft is None:
                self.arguments[name] = value if equals else self.automatic.get(name)
                continue
            if value is None:
                value = self._global().get(name, draft.arguments.get(name))
            draft.arguments[name] = value
            self._set(draft, "ARG", name, value, instruction.line)

    def _env(self, instruction: Instruction, text: str) -> None:
        draft = self.drafts[-1]
        seen = draft.variables
        for name, value in assignments(text):
            expanded = expand(value, seen, self.escape).text
            draft.environment[name] = expanded
            self._set(draft, "ENV", name, expanded, instruction.line)

    def _set(self, draft: _Draft, by: str, name: str, value: str | None, line: int) -> None:
        found = None if value is None else settings.setting(name, value, by, line)
        if found is not None:
            draft.origins[name] = found
            draft.settings.append(found)

    def _workdir(self, text: str) -> None:
        draft = self.drafts[-1]
        path = expand(text.strip(), draft.variables, self.escape).text
        draft.workdir = posixpath.normpath(posixpath.join(draft.workdir, path))

    def _copy(self, instruction: Instruction, text: str) -> None:
        draft = self.drafts[-1]
        flags, offset = flags_of(text)
        origin = None
        if "from" in flags:
            origin = self._source(f"{instruction.keyword} --from", flags["from"][0], instruction.line)
            draft.takes.append(origin)
        written = json_words(text[offset:]) or words_of(text[offset:])
        words = [expand(word, draft.variables, self.escape).text for word in written if not word.startswith("<<")]
        if len(words) < 2:
            return  # A heredoc alone: its text comes from no file.
        draft.copies.append(
            Copy(
                sources=tuple(words[:-1]),
                target=target_path(draft.workdir, words[-1], is_folder=len(words) > 2),
                line=instruction.line,
                origin=origin,
            )
        )

    def _run(self, instruction: Instruction, text: str) -> None:
        draft = self.drafts[-1]
        flags, offset = flags_of(text)
        for mount in flags.get("mount", ()):
            self._mount(draft, mount, instruction.line)
        run = Run(
            variables=draft.variables,
            origins=draft.origins,
            workdir=draft.workdir,
            line=instruction.line,
            script_at=lambda path: self._script_at(path, instruction.line),
            configured=draft.configured,
            exports=draft.exports,
            unread=draft.unread,
        )
        words = json_words(text[offset:])
        if words:
            draft.installs += run.installs_of_words(words)
            return
        script, line_of = run_script(instruction, text[offset:])
        try:
            draft.installs += run.installs(script, line_of)
        except ValueError as error:
            fix = "close it, or move the script into a file of its own"
            raise Unreadable(
                f"a {instruction.keyword} can't be read: {error}", fix=fix, line=instruction.line, column=1
            ) from error

    def _script_at(self, path: str, line: int) -> ContextScript | None:
        """Return what of the build context lies at a path of the image when a RUN looks."""
        dockerfile = Dockerfile(stages=tuple(draft.finished() for draft in self.drafts))
        for source in context_paths(dockerfile, dockerfile.stages[-1], path, line):
            text = self.read(source)
            if text is not None:
                return ContextScript(source=source, path=path, text=text)
        return None

    def _mount(self, draft: _Draft, written: str, line: int) -> None:
        fields = dict(part.partition("=")[::2] for part in written.strip("\"'").split(","))
        origin = None
        if "from" in fields:
            origin = self._source("RUN --mount=from", fields["from"], line)
            draft.takes.append(origin)
        target = next((fields[key] for key in ("target", "dst", "destination") if key in fields), "")
        if target and fields.get("type", "bind") == "bind":
            source = fields.get("source", fields.get("src", "."))
            expanded = [expand(each, draft.variables, self.escape).text for each in (source, target)]
            where = target_path(draft.workdir, expanded[1], is_folder=False)
            draft.copies.append(Copy(sources=(expanded[0],), target=where, line=line, origin=origin, mount_of=line))


def _unknown(variable: str) -> str:
    return f"{variable} is no form that is read" if "{" in variable else f"nothing in the file sets {variable}"


def _image(by: str, written: str, text: str, line: int) -> Origin:
    try:
        return Origin(by=by, written=written, line=line, image=parse_image(text))
    except ValueError as error:
        what = f"{by} names {quoted(text)}, which is no image: {error}"
        raise Unreadable(what, fix="correct the reference", line=line, column=1) from error
