"""Which extras and groups of a project lock a command asks for, in the words of its tool, and what that comes to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gatekeeper.environment.dockerfile.arguments import Arguments
from gatekeeper.environment.dockerfile.facts import Asked
from gatekeeper.environment.dockerfile.settings import is_on
from gatekeeper.environment.dockerfile.shell import Variables
from gatekeeper.environment.facts import Lock
from gatekeeper.environment.names import canonical_name, is_name

_MAIN = "main"
"""What Poetry calls the dependencies of the project itself; see `project_locks.poetry`."""

# With these uv takes a part of the lock that extras and groups do not name.
_PARTS_OF_UV = ("--package", "--all-packages", "--no-install-package", "--no-emit-package", "--prune", "--script")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What is installed of a lock: extras and groups, canonical, and if `whole`, what the project itself asks for."""

    extras: frozenset[str]
    groups: frozenset[str]
    whole: bool = True

    def beside(self, other: Selected) -> Selected:
        """Return what is there when both were installed, one after the other."""
        return Selected(
            extras=self.extras | other.extras, groups=self.groups | other.groups, whole=self.whole or other.whole
        )


def asked_by(name: str, given: Arguments, file: str, variables: Variables) -> Asked | None:
    """Return what a command asks for; None for a tool whose extras and groups are not known here.

    Args:
        name: The command, as `tools` calls it.
        given: What it was given.
        file: The lock.
        variables: Those of the environment that it sees.
    """
    tool, _, verb = name.partition(" ")
    if tool == "uv":
        found = _of_uv(given, file, variables, exact=verb == "sync" and not given.has("--inexact"))
    elif tool == "poetry":
        found = _of_poetry(given, file, verb)
    elif name == "conda-lock install":
        # Each category is a group of the lock; `dev` is the default one.
        found = Asked(file=file, groups=_names(given, "--extras"), defaults=not given.has("--no-dev"))
    elif name == "pixi install":
        # Each environment is a group, and takes the place of the default one.
        groups = _names(given, "--environment")
        several = "--all installs several environments" if given.has("--all", "-a") else ""
        found = Asked(file=file, groups=groups, defaults=not groups, undecided=several)
    else:
        return None
    odd = next((each for each in (*found.extras, *found.groups, *found.without_groups) if not is_name(each)), None)
    return found if odd is None else replace(found, undecided=f"nobody can say here what {odd} stands for")


def selected(asked: Asked, lock: Lock) -> Selected:
    """Return what is installed of the lock.

    Raises:
        ValueError: The command and the lock alone do not say.
    """
    if asked.undecided:
        raise ValueError(asked.undecided)
    named, without = _canonical(asked.groups), _canonical(asked.without_groups)
    every = frozenset(lock.groups)
    if asked.defaults is None and not asked.all_groups:
        unsaid = sorted(every - named - without)
        if unsaid:
            message = (
                f"the groups that are not optional, and the lock does not say which of these are: {', '.join(unsaid)}"
            )
            raise ValueError(message)
    default = frozenset(lock.default_groups) if asked.defaults else frozenset()
    extras = frozenset(lock.extras) if asked.all_extras else _canonical(asked.extras)
    return Selected(
        extras=extras - _canonical(asked.without_extras),
        groups=((every if asked.all_groups else default) | named) - without,
        whole=not asked.only_groups,
    )


def _of_uv(given: Arguments, file: str, variables: Variables, *, exact: bool) -> Asked:
    only = (*given.values("--only-group"), *(["dev"] if given.has("--only-dev") else []))
    no_dev = given.has("--no-dev") or is_on(variables.get("UV_NO_DEV") or "")
    no_defaults = given.has("--no-default-groups") or is_on(variables.get("UV_NO_DEFAULT_GROUPS") or "")
    without = (*given.values("--no-group"), *_split(variables.get("UV_NO_GROUP") or ""), *(["dev"] if no_dev else []))
    parts = [each for each in _PARTS_OF_UV if given.has(each)]
    return Asked(
        file=file,
        all_extras=given.has("--all-extras"),
        extras=given.values("--extra"),
        without_extras=given.values("--no-extra"),
        all_groups=given.has("--all-groups") and not only,
        groups=only or (*given.values("--group"), *(["dev"] if given.has("--dev") else [])),
        without_groups=without,
        only_groups=bool(only),
        defaults=not (only or no_defaults),
        exact=exact,
        undecided=f"{', '.join(parts)} takes a part of the lock" if parts else "",
    )


def _of_poetry(given: Arguments, file: str, verb: str) -> Asked:
    only = _names(given, "--only")
    return Asked(
        file=file,
        all_extras=given.has("--all-extras"),
        extras=_names(given, "--extras"),
        all_groups=given.has("--all-groups") and not only,
        groups=only or (_MAIN, *_names(given, "--with")),
        without_groups=_names(given, "--without"),
        # The plug-in that exports takes `main` alone unless it is told more.
        defaults=False if only or verb == "export" else None,
        exact=verb == "sync" or given.has("--sync"),
    )


def _names(given: Arguments, option: str) -> tuple[str, ...]:
    """Return the names of an option that takes several, separated by commas or blanks."""
    return tuple(name for value in given.values(option) for name in _split(value))


def _split(names: str) -> list[str]:
    return [name for name in re.split(r"[\s,]+", names) if name]


def _canonical(names: Sequence[str]) -> frozenset[str]:
    return frozenset(map(canonical_name, names))
