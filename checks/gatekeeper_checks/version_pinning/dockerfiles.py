"""What `version-pinning` looks at in the Dockerfile: the stages that make the image that is shipped."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TypeVar

from gatekeeper.environment.dockerfile import build_stages, read_instructions, read_script
from gatekeeper.environment.dockerfile.instructions import Script
from gatekeeper.environment.dockerfile.platforms import docker_platform
from gatekeeper.environment.dockerfile.production import final_stage
from gatekeeper.environment.selection import parse_selection
from gatekeeper.errors import Unreadable
from gatekeeper.model import Location, Scalar
from gatekeeper_checks._locks import lock_path
from gatekeeper_checks.version_pinning.build import Build
from gatekeeper_checks.version_pinning.images import judge_images, kind_of_digest
from gatekeeper_checks.version_pinning.installs import judge_installs
from gatekeeper_checks.version_pinning.scene import Scene
from gatekeeper_checks.version_pinning.selections import judge_selection

T = TypeVar("T")

KEY = "environment.dockerfile"


def judge_dockerfile(scene: Scene) -> None:
    """Note each image and each command of the stages that make the shipped image, and what is loose in them."""
    candidate, path = scene.candidate, scene.candidate.policy.environment.dockerfile
    if path is None:
        return
    fact = scene.inquiry.attempt(lambda: candidate.fact(path, read_instructions, Script, key=KEY))
    if fact is None:
        return
    build = scene.inquiry.attempt(lambda: _build(scene, fact.value, path))
    if build is not None:
        scene.inquiry.evidence.append(candidate.evidence(path, fact, _measured(build)))
        scene.inquiry.findings += [*judge_images(build), *judge_installs(build)]
        judge_selection(build, scene.inquiry)


def _build(scene: Scene, script: Script, path: str) -> Build:
    platform, scripts = docker_platform(scene.target), dict[str, str]()
    environment = scene.candidate.policy.environment
    dockerfile = _placed(
        Location(path=path), lambda: build_stages(script, platform, lambda each: _script(scene, path, each, scripts))
    )
    named_at = scene.candidate.at("environment.stage") if environment.stage else Location(path=path)
    final = _placed(named_at, lambda: final_stage(dockerfile, environment.stage))
    lock = scene.production
    # No command installs what only says what is installed.
    evidence = lock is not None and lock.lock.format.is_inventory
    return Build(
        path=path,
        dockerfile=dockerfile,
        final=final,
        platform=platform,
        recorded=environment.base_image,
        lock=None if evidence else lock_path(environment.production),
        lock_options=frozenset((each.name, each.value) for each in (lock.lock.options if lock else ())),
        locked=lock.lock if lock is not None and not evidence else None,
        selection=parse_selection(environment.extras, environment.groups),
        scripts=scripts,
    )


def _script(scene: Scene, dockerfile: str, source: str, found: dict[str, str]) -> str | None:
    """Return the text of a script, from the candidate's folder or the Dockerfile's own, and note that it was read."""
    candidate, root = scene.candidate, scene.candidate.root.resolve()
    for path in dict.fromkeys((source, posixpath.normpath(posixpath.join(posixpath.dirname(dockerfile), source)))):
        real = (root / path).resolve()
        if real.is_file() and real.is_relative_to(root):
            fact = candidate.fact(path, read_script, str, key=KEY)
            if source not in found:
                scene.inquiry.evidence.append(candidate.evidence(path, fact))
            found[source] = path
            return fact.value
    return None


def _placed(at: Location, read: Callable[[], T]) -> T:
    try:
        return read()
    except Unreadable as error:
        if error.at is not None:
            raise
        place = Location(path=at.path, line=error.line or at.line, column=error.column or at.column, key=at.key)
        raise Unreadable(f"{at.path}: {error.what}", fix=error.fix, at=place) from error


def _measured(build: Build) -> dict[str, Scalar]:
    base = build.chain[-1].base
    unread = [
        f"{each.written} ({each.script}:{each.line})" if each.script else f"{each.written} (line {each.line})"
        for stage in build.needed
        for each in stage.unread
    ]
    measured: dict[str, Scalar] = {
        "stages": len(build.dockerfile.stages),
        "shipped or copied from": len(build.needed),
        "images": len(list(build.images())),
        "installs": sum(len(stage.installs) for stage in build.needed),
        "base image": base.image.written if base.image else base.written,
        "its digest": kind_of_digest(build),
    }
    return measured | ({"scripts that were not read": ", ".join(unread)} if unread else {})
