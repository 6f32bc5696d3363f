"""What `version-pinning` makes of the commands of a Dockerfile that install packages."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from gatekeeper.environment.dockerfile.facts import Export, Given, Install, Stage
from gatekeeper.environment.dockerfile.tools import EXPORTING, LOCK_TOOLS, RESOLVING
from gatekeeper.environment.quoting import quoted
from gatekeeper.model import Finding
from gatekeeper_checks.version_pinning import dockerfile_rules as rules
from gatekeeper_checks.version_pinning.build import Build

# Options by which a package may come from where the lock does not know of, or unchecked.
_ELSEWHERE = frozenset(
    {
        "--allow-insecure-host",
        "--extra-index-url",
        "--index",
        "--index-strategy",
        "--no-verify",
        "--no-verify-hashes",
        "--trusted-host",
    }
)
_BY_HASHES = ("pip ", "uv pip ")
# Every image with Python has them, and pip-compile leaves them out unless it is told not to.
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
_RESOLVING = frozenset({*RESOLVING, "uv pip compile"})


def judge_installs(build: Build) -> Iterator[Finding]:
    """Yield each command that may install something else than production's lock."""
    for stage in build.needed:
        for install in stage.installs:
            yield from _loose(build, install)
            yield from _outside(build, install)
        for export in stage.exports:
            yield from _loose_export(build, export)
        yield from _piped(build, stage)
    yield from _elsewhere(build)
    yield from _locks_installed(build)


def _loose(build: Build, install: Install) -> Iterator[Finding]:
    at, shown = build.at(install.line, install.script), quoted(install.written)
    by_hashes = install.tool.startswith(_BY_HASHES)
    in_lock = ("--require-hashes", "") in build.lock_options and build.installs_lock(install)
    if by_hashes and install.files and not install.require_hashes and not in_lock:
        message = f"{shown} takes a file without a hash too, expected --require-hashes"
        yield rules.LooseInstall.finding(message, fix="add --require-hashes, or ENV PIP_REQUIRE_HASHES=1", at=at)
    lock_tool = LOCK_TOOLS.get(install.tool)
    if lock_tool is not None and not install.frozen:
        message = f"{shown} may resolve again and install what no lock names, "
        message += f"expected {' or '.join(lock_tool.frozen_by)}"
        yield rules.LooseInstall.finding(message, fix=f"write: {install.tool} {lock_tool.frozen_by[0]}", at=at)
    if install.tool in _RESOLVING:
        message = (
            f"{shown} writes a new lock while the image is built, expected {build.lock or 'the one'} of the policy"
        )
        yield rules.LooseInstall.finding(message, fix="take it out, and COPY the lock that was compared", at=at)


def _loose_export(build: Build, export: Export) -> Iterator[Finding]:
    frozen_by = EXPORTING[export.tool].frozen_by
    if not export.frozen:
        message = f"{quoted(export.written)} may resolve again and write what no lock names, "
        message += f"expected {' or '.join(frozen_by)}"
        fix = f"write: {export.tool} {frozen_by[0]}"
        yield rules.LooseInstall.finding(message, fix=fix, at=build.at(export.line, export.script))


def _outside(build: Build, install: Install) -> Iterator[Finding]:
    at, shown = build.at(install.line, install.script), quoted(install.written)
    if install.packages:
        fix = f"add it to the input of {build.lock or 'the lock'}, compile that, and install nothing beside it"
        if set(install.packages) <= _INSTALLERS:
            fix = (
                f"take it out: the digest of the image pins the one that it has;\nor {fix}: pip-compile --allow-unsafe"
            )
        yield rules.OutsideLock.finding(
            f"{shown} installs {', '.join(install.packages)}, expected nothing beside {build.lock or 'the lock'}",
            fix=fix,
            at=at,
        )
    if install.folders and install.tool.startswith((*_BY_HASHES, "setup.py")) and not install.no_deps:
        yield rules.OutsideLock.finding(
            f"{shown} installs what {', '.join(install.folders)} depends on, whatever the lock says",
            fix=f"install the lock first, then: pip install --no-deps {' '.join(install.folders)}",
            at=at,
        )


def _piped(build: Build, stage: Stage) -> Iterator[Finding]:
    for each in stage.unread:
        if each.piped:
            yield rules.OutsideLock.finding(
                f"{quoted(each.written)} runs a script from its standard input, which is in no file of the candidate",
                fix="COPY --from an image with a digest what the script installs; or COPY the script and run that",
                at=build.at(each.line, each.script),
            )


def _elsewhere(build: Build) -> Iterator[Finding]:
    """Yield each option once, where it is given: many commands may see one ENV."""
    given: dict[Given, None] = {}
    for stage in build.needed:
        given |= dict.fromkeys(stage.settings)
        given |= dict.fromkeys(option for install in stage.installs for option in install.options)
    for option in sorted(given, key=lambda each: each.line):
        if option.name in _ELSEWHERE and (option.name, option.value) not in build.lock_options:
            yield rules.Elsewhere.finding(
                f"{option.by} sets {option.name} {quoted(option.value)}; {build.lock or 'the lock'} does not",
                fix="take it out; if packages come from there, put the option into the lock's input and compile it",
                at=build.at(option.line, option.script),
            )


def _locks_installed(build: Build) -> Iterator[Finding]:
    """Yield where the image gets other files than production's lock, or never that."""
    if build.lock is None:
        return
    others = [
        (install, file, build.export_of(stage, install, file))
        for stage in build.chain
        for install in stage.installs
        for file in install.files
        if not build.is_lock(stage, install, file)
    ]
    for install, file, export in sorted(others, key=lambda each: each[0].line):
        got = file if export is None else f"{file}, which is exported from {export.lock}"
        yield rules.OtherLock.finding(
            f"{quoted(install.written)} installs {got}; expected {build.lock}, which is declared",
            fix=f"COPY {build.lock} and install that; or declare the file that is installed",
            at=build.at(install.line, install.script),
        )
    if not others and not any(build.installs_lock(install) for stage in build.needed for install in stage.installs):
        name = posixpath.basename(build.lock)
        yield rules.OtherLock.finding(
            f"no command of the stages that make the image installs {build.lock}, which the policy names",
            fix=f"COPY {build.lock} /tmp/ and RUN pip install --require-hashes -r /tmp/{name}",
            at=build.at(build.final.line),
        )
