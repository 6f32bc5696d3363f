"""From a path in the image back to the file of the build context that was copied there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase

from gatekeeper.environment.dockerfile.facts import Copy, Dockerfile, Stage


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
    return tuple(dict.fromkeys(_paths(dockerfile, stage, posixpath.normpath(path), instruction, frozenset())))


def _paths(
    dockerfile: Dockerfile, stage: Stage, path: str, instruction: int | None, seen: frozenset[tuple[int, str]]
) -> Iterator[str]:
    if (stage.number, path) in seen:
        return
    seen |= {(stage.number, path)}
    for copy in stage.copies:
        if copy.mount_of not in (None, instruction) or (instruction is not None and copy.line > instruction):
            continue
        for source in _sources(copy, path):
            if copy.origin is None:
                yield source
            elif copy.origin.stage is not None:
                there = dockerfile.stages[copy.origin.stage]
                yield from _paths(dockerfile, there, posixpath.join("/", source), None, seen)
    if stage.base.stage is not None:
        yield from _paths(dockerfile, dockerfile.stages[stage.base.stage], path, None, seen)


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
