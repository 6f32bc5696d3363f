"""What `version-pinning` makes of the extras and groups that a Dockerfile installs of production's lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatekeeper.environment.dockerfile.facts import Asked, Install, Stage
from gatekeeper.environment.dockerfile.production import base_chain
from gatekeeper.environment.dockerfile.selecting import Selected, selected
from gatekeeper.environment.quoting import quoted
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Obstacle
from gatekeeper_checks.version_pinning import dockerfile_rules as rules
from gatekeeper_checks.version_pinning.build import Build


def judge_selection(build: Build, inquiry: Inquiry) -> None:
    """Note where the image gets another part of the lock than the policy asks for, or one that nobody can tell.

    Where the shipped stage, or one that it starts from, installs the lock, that decides. Else it is taken from other
    stages: one of those must have the right part, and the others may have what the build itself needs.
    """
    own = Inquiry()
    if _judge_stage(build, build.final, own):
        others = [own]
    else:
        others = []
        for stage in build.needed:
            of_stage = Inquiry()
            if _judge_stage(build, stage, of_stage):
                others.append(of_stage)
    if all(each.findings or each.obstacles for each in others):
        inquiry.findings += dict.fromkeys(finding for each in others for finding in each.findings)
        inquiry.obstacles += dict.fromkeys(obstacle for each in others for obstacle in each.obstacles)


def _judge_stage(build: Build, stage: Stage, inquiry: Inquiry) -> bool:
    """Judge what a stage has in the end; return whether it installs the lock at all."""
    commands = list(_asked(build, stage))
    if commands and build.locked is not None:
        wanted = Selected(
            extras=build.selection.extras_of(build.locked), groups=build.selection.groups_of(build.locked)
        )
        try:
            got = _installed(build, commands)
        except ValueError as error:
            inquiry.obstacles.append(_undecided(build, commands[-1][0], str(error)))
        else:
            if got != wanted:
                inquiry.findings.append(_other(build, commands[-1][0], got, wanted))
    return bool(commands)


def _asked(build: Build, stage: Stage) -> Iterator[tuple[Install, Asked]]:
    """Yield each command that installs the lock, in the order in which they run, with what it asks for."""
    for each in reversed(base_chain(build.dockerfile, stage)):
        for install in each.installs:
            for file in (file for file in install.files if build.is_lock(each, install, file)):
                export = build.export_of(each, install, file)
                asked = install.asked if export is None else export.asked
                if asked is not None:
                    yield install, asked


def _installed(build: Build, commands: Sequence[tuple[Install, Asked]]) -> Selected:
    """Return what the commands leave behind.

    Raises:
        ValueError: One of them can't be decided, and none that follows it removes what it installed.
    """
    assert build.locked is not None
    exact = [index for index, (_, asked) in enumerate(commands) if asked.exact]
    first, *more = (selected(asked, build.locked) for _, asked in commands[exact[-1] if exact else 0 :])
    for each in more:
        first = first.beside(each)
    return first


def _undecided(build: Build, install: Install, why: str) -> Obstacle:
    return Obstacle(
        what=f"nobody can tell what {quoted(install.written)} installs of {build.lock}: {why}",
        fix="name the extras and groups in the command, as in: poetry install --only main, or uv sync --no-dev",
        at=build.at(install.line, install.script),
    )


def _other(build: Build, install: Install, got: Selected, wanted: Selected) -> Finding:
    without = "" if got.whole else ", and not what the project itself asks for"
    declared = ", ".join(
        f'{key}: "{",".join(sorted(names)) or "none"}"'
        for key, names in (("extras", got.extras), ("groups", got.groups))
    )
    fix = f"give the command other options; or declare it: environment: {{{declared}}}"
    return rules.OtherSelection.finding(
        f"{quoted(install.written)} installs of {build.lock} {_shown(got)}{without}; "
        f"the policy asks for {_shown(wanted)}",
        fix="leave out --only-group: production needs what the project itself asks for" if without else fix,
        at=build.at(install.line, install.script),
    )


def _shown(each: Selected) -> str:
    extras, groups = (", ".join(sorted(names)) or "none" for names in (each.extras, each.groups))
    return f"the extras: {extras}, the groups: {groups}"
