"""Third-party checks: entry points of the group `gatekeeper.checks`, loaded only if the policy names them.

The entry point's name is the check's id. Its module is imported in child processes alone: once to describe the
check, once to run it. What it does there can't reach the engine or another check's answer.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import cast

import msgspec

from gatekeeper.child import Nursery
from gatekeeper.errors import PluginError, Problem
from gatekeeper.model import About, Check, Needs, Provider
from gatekeeper.policy import Declaration
from gatekeeper.registry import Link, Options
from gatekeeper.words import did_you_mean

GROUP = "gatekeeper.checks"
_MEND = "mend it, or take its name out of plugins"
_SECONDS_TO_IMPORT = 60.0
_MEMORY_TO_IMPORT = 4 << 30


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a child process found out about a plug-in; `error` is empty if it can be used."""

    error: str = ""
    title: str = ""
    codes: tuple[str, ...] = ()
    needs: int = 0
    reads: tuple[str, ...] = ()
    timeout: float | None = None
    memory: int | None = None
    problems: tuple[Problem, ...] = ()


def installed() -> dict[str, list[EntryPoint]]:
    """Return the installed plug-ins by name, without importing any."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, []).append(point)
    return found


def plugin_links(declaration: Declaration, *, reserved: frozenset[str]) -> Iterator[Link | Problem]:
    """Yield the link of each plug-in that the policy names, or why it can't be used."""
    available = installed()
    for index, name in enumerate(declaration.policy.plugins):
        at = declaration.at(f"plugins[{index}]")
        try:
            point = _find(name, available, reserved)
            description = _describe(point, declaration)
        except PluginError as error:
            yield Problem(at=at, what=error.what, fix=error.fix)
            continue
        yield from description.problems
        yield _link(point, description, declaration)


def _find(name: str, available: dict[str, list[EntryPoint]], reserved: frozenset[str]) -> EntryPoint:
    if name in reserved:
        raise PluginError(f"plug-in {name!r} has the id of a built-in check", fix="the plug-in must take another id")
    points = available.get(name, [])
    if not points:
        fix = did_you_mean(name, available) if available else "install the distribution that provides it"
        raise PluginError(f"plug-in {name!r} is not installed beside gatekeeper", fix=fix)
    if len(points) > 1:
        owners = ", ".join(sorted(_provider(point).distribution for point in points))
        raise PluginError(f"plug-in {name!r} is provided by {owners}", fix="uninstall all but one")
    return points[0]


def _provider(point: EntryPoint) -> Provider:
    distribution, version = (point.dist.name, point.dist.version) if point.dist else ("unknown", "unknown")
    return Provider(distribution=distribution, version=version, builtin=False)


def _link(point: EntryPoint, description: Description, declaration: Declaration) -> Link:
    return Link(
        id=point.name,
        title=description.title,
        codes=frozenset(description.codes),
        needs=Needs(description.needs),
        reads=description.reads,
        provider=_provider(point),
        make=lambda: _make(point, declaration),
        timeout=description.timeout,
        memory=description.memory,
    )


def _make(point: EntryPoint, declaration: Declaration) -> Check:
    """Import the plug-in and build it with its options; called in the child that runs it."""
    return Options(declaration, point.name).build(cast("type[Check]", point.load()))()


def _describe(point: EntryPoint, declaration: Declaration) -> Description:
    """Import the plug-in in a child process and return what it says of itself.

    Raises:
        PluginError: it does not import, is no check, or hangs.
    """
    with Nursery() as nursery:
        child = nursery.start(
            lambda: msgspec.json.encode(_inspect(point, declaration)), memory=_MEMORY_TO_IMPORT, cpu=_SECONDS_TO_IMPORT
        )
        waited = 0.0
        while child.answer() is None and not child.poll() and waited < _SECONDS_TO_IMPORT:
            select.select([] if child.closed else [child.pipe], [], [], 0.05)
            child.pump()
            waited += 0.05
        child.pump()
        answer = child.answer()
        tail = child.tail()
    if not isinstance(answer, bytes):
        why = answer.error if answer else f"it ended without an answer {tail}".strip()
        raise PluginError(f"plug-in {point.name!r} does not import: {why}", fix=_MEND)
    description = msgspec.json.decode(answer, type=Description)
    if description.error:
        raise PluginError(f"plug-in {point.name!r} {description.error}", fix=_MEND)
    return description


def _inspect(point: EntryPoint, declaration: Declaration) -> Description:
    """Describe the plug-in; called in the child."""
    cls = point.load()
    about = getattr(cls, "about", None)
    if not isinstance(about, About) or not is_dataclass(cls) or not callable(getattr(cls, "run", None)):
        return Description(error="is no check: expected a frozen dataclass with `about` and `run`")
    if about.id != point.name:
        return Description(error=f"calls itself {about.id!r}; its entry point must have that name")
    codes = tuple(rule.code for rule in about.rules)
    foreign = [code for code in codes if not code.startswith(f"{about.id}/")]
    if foreign:
        return Description(error=f"declares codes that are not its own: {', '.join(foreign)}")
    options = Options(declaration, about.id)
    limits = options.limits()
    options.build(cast("type[Check]", cls))
    return Description(
        title=about.title,
        codes=codes,
        needs=about.needs.value,
        reads=about.reads,
        timeout=limits.timeout,
        memory=limits.memory,
        problems=tuple(options.problems),
    )
