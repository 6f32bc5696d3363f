"""What a Dockerfile says of the environment that its image has: the one lock that it installs, and the base image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gatekeeper.environment.dockerfile.context import lock_paths
from gatekeeper.environment.dockerfile.facts import Dockerfile, Install, Stage
from gatekeeper.environment.dockerfile.production import base_chain, final_stage, needed_stages
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable

_FIX = (
    "compare the lock itself, or a probe of the image: gatekeeper env probe --script | docker run -i IMAGE python -I -"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledLock:
    """What the shipped image is made of.

    Attributes:
        path: The lock in the build context.
        line: Of the command that installs it.
        image: The base image as Docker sees it; None for `scratch` and where the file alone does not say.
    """

    path: str
    line: int
    image: str | None


def installed_lock(dockerfile: Dockerfile, is_there: Callable[[str], bool]) -> InstalledLock:
    """Return the one lock that the stages of the shipped image install.

    Args:
        dockerfile: All stages.
        is_there: Whether the build context has a file of this path; a `COPY` may mean several.

    Raises:
        Unreadable: They install none, several, a file that is not in the context, or packages beside it.
    """
    final = final_stage(dockerfile)
    needed = needed_stages(dockerfile, final)
    for unread in (each for stage in needed for each in stage.unread if each.piped):
        what = (
            f"{quoted(unread.written)} runs a script from its standard input, so that nobody can say what it installs"
        )
        raise Unreadable(what, fix=_FIX, line=unread.line, column=1)
    installs = [(stage, each) for stage in needed for each in stage.installs]
    found: dict[str, int] = {}
    for stage, install in installs:
        if _installs_beside(install):
            beside = "installs packages beside the lock" if install.packages else "brings more than the lock pins"
            what = f"{quoted(install.written)} {beside}, in versions that nobody can read here"
            raise Unreadable(what, fix=_FIX, line=install.line, column=1)
        for path in _paths(dockerfile, stage, install, is_there):
            found.setdefault(path, install.line)
    if len(found) != 1:
        got = ", ".join(f"{path} (line {line})" for path, line in found.items()) or "no lock"
        raise Unreadable(f"the image installs {got}, expected one lock", fix=_FIX, line=final.line, column=1)
    ((path, line),) = found.items()
    image = base_chain(dockerfile, final)[-1].base.image
    return InstalledLock(path=path, line=line, image=None if image is None else image.written)


def _installs_beside(install: Install) -> bool:
    """Return whether a command brings what no lock pins: packages by name, what a project asks for, or a new lock."""
    writes_lock = not (install.files or install.packages or install.folders)
    return bool(install.packages) or writes_lock or (bool(install.folders) and not install.no_deps)


def _paths(dockerfile: Dockerfile, stage: Stage, install: Install, is_there: Callable[[str], bool]) -> Iterator[str]:
    for file in install.files:
        candidates = lock_paths(dockerfile, stage, file, install.instruction)
        path = next((each for each in candidates if is_there(each)), None)
        if path is None:
            got = f"; looked for {', '.join(candidates)}" if candidates else ", which no COPY brings"
            what = f"{quoted(install.written)} installs {file}{got}: it is not in the Dockerfile's folder"
            raise Unreadable(what, fix=_FIX, line=install.line, column=1)
        yield path
