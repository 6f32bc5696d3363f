"""What a Dockerfile says, as frozen data. Nothing is judged: an image without a digest is a fact too."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Pin(enum.StrEnum):
    """How an image is named."""

    DIGEST = "digest"
    """By `@sha256:` and 64 lower-case hex digits: one set of bytes for ever."""
    PLACEHOLDER = "placeholder"
    """By a digest of one repeated digit, which no image has."""
    MALFORMED = "malformed"
    """By an `@` with something behind it that is no sha256 digest."""
    TAG = "tag"
    """By a tag, or by none: whatever the registry has under it today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image reference taken apart.

    Attributes:
        written: As Docker sees it, variables put in.
        registry: The host, with its port; None for Docker's default registry.
        name: Without registry, tag and digest.
        tag: None where none is named.
        digest: What stands behind the `@`; None where none is named.
        pin: How it is named.
    """

    written: str
    registry: str | None
    name: str
    tag: str | None
    digest: str | None
    pin: Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a FROM, a `COPY --from` or a `RUN --mount=from` takes files from.

    Where `stage`, `image` and `undecided` are all empty it is `scratch`, which has no files.

    Attributes:
        by: `FROM`, `COPY --from` or `RUN --mount`.
        written: As typed.
        line: Of the instruction.
        stage: The number of a stage of the same file.
        image: An image from outside.
        undecided: Why the file alone does not say which image it is; `""` where it does.
    """

    by: str
    written: str
    line: int
    stage: int | None = None
    image: Image | None = None
    undecided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Files that come into a stage: COPY, ADD, or a bind mount, which lasts for one RUN.

    Attributes:
        sources: Paths or patterns in the build context or in `origin`; `.` for all of it.
        target: The absolute path in the image; it ends in `/` where a folder is meant.
        line: Of the instruction.
        origin: None for the build context.
        mount_of: The line of the RUN that alone sees it; None where it stays.
    """

    sources: tuple[str, ...]
    target: str
    line: int
    origin: Origin | None = None
    mount_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An option that changes what is installed, and where it was given: `--trusted-host`, `ENV PIP_TRUSTED_HOST`.

    `script` is the file of the build context that `line` is of; `""` is the Dockerfile.
    """

    name: str
    value: str
    by: str
    line: int
    script: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which extras and groups of a project lock a command asks for; what that comes to is for the lock to say.

    Attributes:
        file: The lock, as an absolute path in the image.
        all_extras: Whether every extra is.
        extras: By name, as typed.
        without_extras: Those that are taken out again.
        all_groups: Whether every group is.
        groups: By name, as typed.
        without_groups: Those that are taken out again.
        only_groups: Whether what the project itself asks for is left out.
        defaults: Whether the groups come that come unless somebody says otherwise; None where that is all that are not
            optional, and no lock says which these are.
        exact: Whether what is there already and not asked for is removed.
        undecided: Why nobody can say it here; `""` where one can.
    """

    file: str
    all_extras: bool = False
    extras: tuple[str, ...] = ()
    without_extras: tuple[str, ...] = ()
    all_groups: bool = False
    groups: tuple[str, ...] = ()
    without_groups: tuple[str, ...] = ()
    only_groups: bool = False
    defaults: bool | None = True
    exact: bool = False
    undecided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One command that writes a project lock as a file which another command may install.

    Attributes:
        tool: `uv export`, `poetry export` ...
        written: The command, its variables put in as far as they are known.
        line: Where it begins.
        instruction: The line of its RUN.
        file: What it writes, as an absolute path in the image; `/dev/stdin` where the next command reads it.
        lock: The lock that it reads, likewise.
        asked: What of the lock it writes; None where that is not known of the tool.
        frozen: Whether it takes the lock as it is, and does not resolve again.
        script: The file of the build context that `line` is of; `""` for the Dockerfile.
    """

    tool: str
    written: str
    line: int
    instruction: int
    file: str
    lock: str
    asked: Asked | None = None
    frozen: bool = False
    script: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """One command that installs packages.

    Attributes:
        tool: `pip install`, `uv sync`, `poetry install`, `conda install` ...
        written: The command, its variables put in as far as they are known.
        line: Where the command begins, which may be a later line than its RUN.
        instruction: The line of its RUN.
        files: The requirement and lock files that it installs, as absolute paths in the image where that is known.
        packages: What it names by itself, beside those files.
        folders: Local projects and archives that it installs.
        options: Those that change what is installed, from the command, from the environment, and from `pip config`.
        require_hashes: Whether a file without its hash in a lock is refused.
        frozen: Whether the tool installs its lock as it is, and does not resolve again.
        no_deps: Whether dependencies that are not named are left out.
        asked: What of a project lock it installs; None for other files, and where that is not known of the tool.
        script: The file of the build context that `line` is of; `""` for the Dockerfile.
    """

    tool: str
    written: str
    line: int
    instruction: int
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    options: tuple[Given, ...] = ()
    require_hashes: bool = False
    frozen: bool = False
    no_deps: bool = False
    asked: Asked | None = None
    script: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A command that runs a script which neither the Dockerfile holds nor the build context: nobody can read it.

    Attributes:
        written: The command, its variables put in as far as they are known.
        line: Where it begins.
        piped: Whether the script comes from its standard input, and so is in no file that could be read instead.
        script: The file of the build context that `line` is of; `""` for the Dockerfile.
    """

    written: str
    line: int
    piped: bool
    script: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One FROM and the instructions up to the next.

    Attributes:
        number: From 0.
        name: The alias, in lower case; `""` without one.
        line: Of its FROM.
        base: What it starts from.
        platform: The value of `--platform`; None without one.
        platform_undecided: Why that value is not known; `""` where it is.
        takes: What `COPY --from` and `RUN --mount=from` take from elsewhere.
        copies: In the order of the file.
        installs: In the order of the file; what CMD and ENTRYPOINT install counts.
        exports: In the order of the file.
        unread: The scripts that are run and can't be read here, in the order of the file.
        settings: `PIP_*` and `UV_*` variables that the stage itself sets and that change what is installed.
    """

    number: int
    name: str
    line: int
    base: Origin
    platform: str | None = None
    platform_undecided: str = ""
    takes: tuple[Origin, ...] = ()
    copies: tuple[Copy, ...] = ()
    installs: tuple[Install, ...] = ()
    exports: tuple[Export, ...] = ()
    unread: tuple[Unread, ...] = ()
    settings: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dockerfile:
    """All stages, in the order of the file; `syntax` is the image of the frontend that the first lines ask for."""

    stages: tuple[Stage, ...]
    syntax: str | None = None
