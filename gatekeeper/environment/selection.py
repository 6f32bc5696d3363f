"""Which extras and groups of a project lock are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gatekeeper.environment.facts import Lock
from gatekeeper.environment.formats import Format
from gatekeeper.environment.names import canonical_name, is_name
from gatekeeper.errors import UsageError

Extras: TypeAlias = Literal["all", "none"] | tuple[str, ...]
Groups: TypeAlias = Literal["all", "default", "none"] | tuple[str, ...]

# They name all extras and groups that there are. What was exported from them may hold a choice that was made before.
_NAMES_ALL = frozenset({Format.UV, Format.POETRY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked of a project lock; names are canonical and sorted. Without any: no extras, the default groups."""

    extras: Extras = "none"
    groups: Groups = "default"

    def extras_of(self, lock: Lock) -> frozenset[str]:
        """Return the extras that are asked for.

        Raises:
            UsageError: The lock knows a name not; what has no extras to choose from leaves every name out, see
                `left_out`.
        """
        return _chosen("extra", self.extras, lock, lock.extras, ())

    def groups_of(self, lock: Lock) -> frozenset[str]:
        """Return the groups that are asked for.

        Raises:
            UsageError: The lock knows a name not; what has no groups to choose from leaves every name out, see
                `left_out`.
        """
        return _chosen("group", self.groups, lock, lock.groups, lock.default_groups)

    def left_out(self, lock: Lock) -> tuple[str, ...]:
        """Return what is asked for by name and changes nothing, since the lock has nothing to choose from: `extra a`.

        So it is with a requirements file and with other exports: the choice was made when they were written.
        """
        asked = (("extra", self.extras, lock.extras), ("group", self.groups, lock.groups))
        return tuple(
            f"{what} {name}" for what, names, known in asked if isinstance(names, tuple) and not known for name in names
        )


NOTHING_SELECTED = Selection()


def parse_selection(extras: str | None, groups: str | None) -> Selection:
    """Return what two texts ask for; without them it is no extra, and the default groups."""
    return Selection(extras=parse_extras(extras or "none"), groups=parse_groups(groups or "default"))


def parse_extras(text: str) -> Extras:
    """Return what `all`, `none` or `a,b` asks for; UsageError for what is no name."""
    return text if text in {"all", "none"} else _names(text, "all, none")  # type: ignore[return-value]


def parse_groups(text: str) -> Groups:
    """Return what `all`, `default`, `none` or `a,b` asks for; UsageError for what is no name."""
    return text if text in {"all", "default", "none"} else _names(text, "all, default, none")  # type: ignore[return-value]


def _names(text: str, words: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")]
    odd = next((name for name in names if not is_name(name)), None)
    if odd is not None:
        raise UsageError(f"{odd[:40]!r} is no name", fix=f"write {words}, or names separated by commas: a,b")
    return tuple(sorted({canonical_name(name) for name in names}))


def _chosen(
    what: str, asked: Extras | Groups, lock: Lock, known: Sequence[str], default: Sequence[str]
) -> frozenset[str]:
    if not isinstance(asked, tuple):
        return frozenset({"all": known, "default": default, "none": ()}[asked])
    unknown = sorted(set(asked) - set(known))
    if unknown and (known or lock.format in _NAMES_ALL):
        fix = f"the lock knows: {', '.join(sorted(known))}" if known else f"leave --{what}s out, the lock has none"
        raise UsageError(f"the lock has no {what} {', '.join(unknown)}", fix=fix)
    return frozenset(asked) & frozenset(known)
