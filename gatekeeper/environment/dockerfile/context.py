"""From a path in the image back to the file of the build context that was copied there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gatekeeper.environment.dockerfile.facts import Copy, Dockerfile, Export, Stage


def context_paths(dockerfile: Dockerfile, stage: Stage, path: str, instruction: int | None = None) -> tuple[str, ...]:
    """Return the files of the build context that may lie at an absolute path of the image.

    The file alone does not say whether `COPY lock /app/lock` copies a file or a folder, so that there may be several
    answers; none means that the file was made in the image or came with one.

    Args:
        dockerfile: All stages, for `COPY --from`.
        stage: Where the path is looked up.
        path: Absolute.
        instruction: The line of the RUN that looks; None for the end of the stage.
    """
    places = _places(dockerfile, stage, posixpath.normpath(path), instruction)
    return tuple(dict.fromkeys(source for place in places for source in place.sources()))


def exported(
    dockerfile: Dockerfile, stage: Stage, path: str, instruction: int | None = None
) -> tuple[Stage, Export] | None:
    """Return the command that wrote the file at an absolute path of the image, and its stage.

    None means that no project lock was exported there. The arguments are those of `context_paths`.
    """
    for place in _places(dockerfile, stage, posixpath.normpath(path), instruction):
        found = [
            each
            for each in place.stage.exports
            if each.file == place.path and (place.instruction is None or each.instruction <= place.instruction)
        ]
        if found:
            return place.stage, found[-1]
    return None


def lock_paths(dockerfile: Dockerfile, stage: Stage, path: str, instruction: int | None = None) -> tuple[str, ...]:
    """Return what `context_paths` does; for a file that was exported from a project lock, where that lock may lie."""
    found = exported(dockerfile, stage, path, instruction)
    if found is None:
        return context_paths(dockerfile, stage, path, instruction)
    there, export = found
    return context_paths(dockerfile, there, export.lock, export.instruction)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file may lie: at a path of a stage, as the RUN at a line sees it; None for the end of the stage."""

    stage: Stage
    path: str
    instruction: int | None

    def copies(self) -> Iterator[tuple[Copy, str]]:
        """Yield each copy that this place may come from, and which of its sources."""
        for copy in self.stage.copies:
            is_of_other = copy.mount_of not in (None, self.instruction)
            if not is_of_other and (self.instruction is None or copy.line <= self.instruction):
                yield from ((copy, source) for source in _sources(copy, self.path))

    def sources(self) -> Iterator[str]:
        """Yield the files of the build context that it may come from."""
        yield from (source for copy, source in self.copies() if copy.origin is None)


def _places(dockerfile: Dockerfile, stage: Stage, path: str, instruction: int | None) -> Iterator[_Place]:
    """Yield the path, and each place in other stages that it may have come from, each once."""
    waiting, seen = [_Place(stage, path, instruction)], set[tuple[int, str]]()
    while waiting:
        place = waiting.pop(0)
        if (place.stage.number, place.path) in seen:
            continue
        seen.add((place.stage.number, place.path))
        yield place
        waiting += (
            _Place(dockerfile.stages[copy.origin.stage], posixpath.join("/", source), None)
            for copy, source in place.copies()
            if copy.origin is not None and copy.origin.stage is not None
        )
        if place.stage.base.stage is not None:
            waiting.append(_Place(dockerfile.stages[place.stage.base.stage], place.path, None))


def _sources(copy: Copy, path: str) -> Iterator[str]:
    """Yield what of the sources would lie at `path`, relative to where they are copied from."""
    folder = copy.target.rstrip("/") + "/"
    for written in copy.sources:
        source = posixpath.normpath(written.lstrip("/") or ".")
        if path == copy.target and source != ".":
            yield source
        if path.startswith(folder):
            rest = path.removeprefix(folder)
            if fnmatchcase(rest, posixpath.basename(source)):
                yield posixpath.join(posixpath.dirname(source), rest)
            yield posixpath.normpath(posixpath.join(source, rest))
