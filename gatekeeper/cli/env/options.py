"""The options that several commands of `gatekeeper env` have in common: what a lock is projected onto."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

from gatekeeper.environment.selection import Selection, parse_extras, parse_groups
from gatekeeper.errors import UsageError

R = TypeVar("R")
T = TypeVar("T")

_TARGET = "What the environment is for: cp312-linux_x86_64, cp314t-manylinux_2_28_x86_64, linux-64 ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Onto:
    """What `--target`, `--extras` and `--groups` ask for; `target` is None where nobody named one."""

    target: str | None
    selection: Selection


def projected(command: Callable[..., R]) -> Callable[..., R]:
    """Add `--target`, `--extras` and `--groups` to a command, which gets them as `onto`."""

    @click.option("--target", metavar="TARGET", help=_TARGET)
    @click.option("--extras", default="none", show_default=True, metavar="all|none|A,B", help="Of a project lock.")
    @click.option(
        "--groups", default="default", show_default=True, metavar="all|default|none|A,B", help="Of a project lock."
    )
    @functools.wraps(command)
    def with_onto(*, target: str | None, extras: str, groups: str, **others: object) -> R:
        selection = Selection(
            extras=_asked("--extras", parse_extras, extras), groups=_asked("--groups", parse_groups, groups)
        )
        return command(onto=Onto(target=target, selection=selection), **others)

    return with_onto


def _asked(option: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except UsageError as error:
        raise UsageError(f"{option}: {error.what}", fix=error.fix) from error
