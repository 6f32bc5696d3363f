"""The Dockerfile as a build of the shipped stage sees it, and what the policy says beside it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gatekeeper.environment.dockerfile.context import exported, lock_paths
from gatekeeper.environment.dockerfile.facts import Dockerfile, Export, Image, Install, Origin, Stage
from gatekeeper.environment.dockerfile.production import base_chain, needed_stages
from gatekeeper.environment.facts import Lock
from gatekeeper.environment.selection import Selection
from gatekeeper.model import Location
from gatekeeper.policy import BaseImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One build.

    Attributes:
        path: the Dockerfile.
        dockerfile: all its stages.
        final: the stage that is shipped.
        platform: what production runs on, as Docker calls it; None where no image is built for it.
        recorded: the digests of the base image in the policy.
        lock: the path of production's lock; None where a digest or what is installed stands for it.
        lock_options: the options of that lock, by name and value.
        locked: what it says; None as for `lock`.
        selection: the extras and groups that the policy asks for.
        scripts: the candidate's path of each script of the build context that was read, by its path there.
    """

    path: str
    dockerfile: Dockerfile
    final: Stage
    platform: str | None
    recorded: BaseImage | None
    lock: str | None
    lock_options: frozenset[tuple[str, str]]
    locked: Lock | None
    selection: Selection
    scripts: Mapping[str, str]

    @property
    def needed(self) -> tuple[Stage, ...]:
        """The stages that BuildKit builds for the final one."""
        return needed_stages(self.dockerfile, self.final)

    @property
    def chain(self) -> tuple[Stage, ...]:
        """The final stage, the one that it starts from, and so on."""
        return base_chain(self.dockerfile, self.final)

    def at(self, line: int, script: str = "") -> Location:
        """Return a line of the Dockerfile, or of a script that it runs."""
        return Location(path=self.scripts[script] if script else self.path, line=line)

    def origins(self) -> Iterator[Origin]:
        """Yield all that the needed stages start from or take from."""
        for stage in self.needed:
            yield from (stage.base, *stage.takes)

    def images(self) -> Iterator[tuple[Origin, Image]]:
        """Yield the images from outside among them."""
        yield from ((origin, origin.image) for origin in self.origins() if origin.image is not None)

    def installs_lock(self, install: Install) -> bool:
        """Return whether a command installs production's lock."""
        stages = [stage for stage in self.needed if install in stage.installs]
        return any(self.is_lock(stage, install, file) for stage in stages for file in install.files)

    def is_lock(self, stage: Stage, install: Install, file: str) -> bool:
        """Return whether a file is the lock, or was exported from it.

        The build context is the candidate's folder or the Dockerfile's own.
        """
        found = lock_paths(self.dockerfile, stage, file, install.instruction)
        own = posixpath.dirname(self.path)
        lock = posixpath.normpath(self.lock or "")
        return any(lock in (each, posixpath.normpath(posixpath.join(own, each))) for each in found)

    def export_of(self, stage: Stage, install: Install, file: str) -> Export | None:
        """Return the command that wrote a file which is installed; None where none made it of a project lock."""
        found = exported(self.dockerfile, stage, file, install.instruction)
        return None if found is None else found[1]
