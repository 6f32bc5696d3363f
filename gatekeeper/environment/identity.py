"""What makes two packages, and two environments, the same: the environment hash and the canonical JSON behind it.

`environment-hash.md` describes both so that anyone can compute them again. In short: the rows that a target installs,
each with what decides which files are installed, and the options that change what is installed; nothing else counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TypeAlias

from gatekeeper.environment.canonical import canonical_json, sha256_of
from gatekeeper.environment.facts import Lock, Option, Row, Source
from gatekeeper.environment.projection import project
from gatekeeper.environment.requirements.options import only_index
from gatekeeper.environment.selection import NOTHING_SELECTED, Selection
from gatekeeper.environment.target import Target
from gatekeeper.environment.urls import canonical_index

SCHEMA = "gatekeeper/environment@1"
Package: TypeAlias = dict[str, str | list[str] | None]

# Each option that changes what is installed, and the group inside which the order of the lines matters.
OPTION_GROUPS = {
    "--index-url": "index",
    "--extra-index-url": "index",
    "--no-index": "index",
    "--find-links": "find-links",
    "--trusted-host": "trusted-host",
    "--no-binary": "binary",
    "--only-binary": "binary",
    "--prefer-binary": "prefer-binary",
    "--pre": "pre-releases",
    "--all-releases": "pre-releases",
    "--only-final": "pre-releases",
}
_INDEXES = frozenset({"--index-url", "--extra-index-url"})
_ON_ONE_LINE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_RELEASED = frozenset({Source.INDEX, Source.CONDA})
_RELEASE = re.compile(r"(?P<epoch>(?:[0-9]+!)?)(?P<release>[0-9]+(?:\.[0-9]+)*)")


def environment_hash(lock: Lock, target: Target, selection: Selection = NOTHING_SELECTED) -> str:
    """Return `sha256:<hex>` of the canonical JSON of what the target installs from the lock."""
    return sha256_of(environment_json(lock, target, selection))


def environment_json(lock: Lock, target: Target, selection: Selection = NOTHING_SELECTED) -> bytes:
    """Return the canonical JSON that is hashed.

    Raises:
        Unreadable: The target does not decide a marker, see `gatekeeper.environment.projection.project`.
        UsageError: The selection names an extra or a group that the lock has not.
    """
    return projected_json(lock, project(lock, target, selection), target)


def projected_json(lock: Lock, rows: Sequence[Row], target: Target) -> bytes:
    """Return what `environment_json` does, of a lock that was projected before.

    Args:
        lock: Whose options count.
        rows: Those of it that the target installs.
        target: What the environment is for.
    """
    distinct = {(row.name, package_json(row)): canonical_package(row) for row in rows}
    return canonical_json(
        {
            "schema": SCHEMA,
            "target": str(target),
            "packages": [distinct[key] for key in sorted(distinct)],
            "options": [[option.name, option_value(option)] for option in effective_options(lock, rows)],
        }
    )


def canonical_package(row: Row) -> Package:
    """Return what of a row counts for the hash, and therefore for `compare`.

    What comes from a URL or a repository is named by that: some formats state its version, others can't.
    """
    released = row.source in _RELEASED
    return {
        "name": row.name,
        "version": comparable_version(row.version) if released and row.version is not None else None,
        "specifier": row.specifier if released and row.version is None else "",
        "source": row.source.value,
        "url": row.url,
        "index": row.index,
        "build": row.build,
        "hashes": [str(each) for each in row.hashes],
        "unhashed": list(row.unhashed),
    }


def package_json(row: Row) -> str:
    """Return the JSON of one row on one line: equal exactly when two rows install the same."""
    return _ON_ONE_LINE.encode(canonical_package(row))


def comparable_version(version: str) -> str:
    """Return a version of the form `str(Version)` without trailing zeros of its release: `1!2.0+cpu` as `1!2+cpu`."""
    found = _RELEASE.match(version)
    if found is None:
        return version
    release = re.sub(r"(?:\.0)+$", "", found["release"])
    return f"{found['epoch']}{release}{version[found.end() :]}"


def option_value(option: Option) -> str | None:
    """Return the value that counts: an index in its canonical form, None for pip's default one."""
    return canonical_index(option.value) if option.name in _INDEXES else option.value


def effective_options(lock: Lock, rows: Sequence[Row]) -> tuple[Option, ...]:
    """Return the options that change what is installed, by group, in the order of the lines inside each group.

    Left out are options that say what is said already: `--index-url` with pip's own index in front of all others, and
    one only index that the rows name themselves.

    Args:
        lock: Whose options.
        rows: Those of it that are installed.
    """
    chosen = [option for option in lock.options if option.name in OPTION_GROUPS]
    needless = _leading_defaults([option for option in chosen if OPTION_GROUPS[option.name] == "index"])
    only = only_index(lock.options)
    if only is not None and any(row.index == only for row in rows):
        needless = [option for option in chosen if option.name == "--index-url"]
    kept = [option for option in chosen if option not in needless]
    return tuple(sorted(kept, key=lambda option: OPTION_GROUPS[option.name]))


def _leading_defaults(index: Sequence[Option]) -> list[Option]:
    """Return the options that name pip's default index before anything else is named: pip begins with it anyway."""
    leading: list[Option] = []
    for option in index:
        if option.name != "--index-url" or option_value(option) is not None:
            break
        leading.append(option)
    return leading
