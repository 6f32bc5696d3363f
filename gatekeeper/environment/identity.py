"""The environment hash: one digest of what a target installs from a lock.

It is the sha256 of the canonical JSON below, so that anyone can compute it again and two people can `diff` the JSON:

- one object, keys sorted, no blanks, UTF-8, no escapes but those that JSON demands, no newline at the end;
- `schema` is `gatekeeper/environment@1`; `target` as `str(Target)` writes it;
- `packages`: the rows whose markers are true for the target, each once, sorted by name, then by their JSON. Each has
  `name` (PEP 503), `version` (PEP 440, with epoch and local part, trailing zeros of the release dropped: `1.4.0` is
  `1.4`; null if not pinned), `specifier` (`""` if pinned), `extras`, `source` (`index`, `url`, `vcs`, `path`,
  `editable`), `url` (null for an index), `hashes` (`algorithm:hex`, sorted);
- `options`: `[name, value]` of those that change what is installed, by group. Inside a group the order of the lines
  stays, because pip or uv gives it a meaning: the first index wins, a later `--no-binary` undoes an `--only-binary`.

Not part of it: order of rows, comments, spelling of names, case of hex, line ends, identical rows, markers that are
true or false alike, `--require-hashes`.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TypeAlias

from gatekeeper.environment.facts import Lock, Option, Row
from gatekeeper.environment.projection import project
from gatekeeper.environment.target import Target

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
_RELEASE = re.compile(r"(?P<epoch>(?:[0-9]+!)?)(?P<release>[0-9]+(?:\.[0-9]+)*)")


def environment_hash(lock: Lock, target: Target) -> str:
    """Return `sha256:<hex>` of the canonical JSON of what the target installs from the lock."""
    return f"sha256:{hashlib.sha256(canonical_json(lock, target)).hexdigest()}"


def canonical_json(lock: Lock, target: Target) -> bytes:
    """Return the JSON that is hashed; its form is described at the top of this module.

    Raises:
        Unreadable: The target does not decide a marker, see `gatekeeper.environment.projection.project`.
    """
    distinct = {(row.name, package_json(row)): canonical_package(row) for row in project(lock, target)}
    document = {
        "schema": SCHEMA,
        "target": str(target),
        "packages": [distinct[key] for key in sorted(distinct)],
        "options": [[option.name, option.value] for option in effective_options(lock)],
    }
    return _dumps(document).encode()


def canonical_package(row: Row) -> Package:
    """Return what of a row counts for the hash, and therefore for `compare`."""
    return {
        "name": row.name,
        "version": None if row.version is None else comparable_version(row.version),
        "specifier": row.specifier if row.version is None else "",
        "extras": list(row.extras),
        "source": row.source.value,
        "url": row.url,
        "hashes": [str(each) for each in row.hashes],
    }


def package_json(row: Row) -> str:
    """Return the canonical JSON of one row: equal exactly when two rows install the same."""
    return _dumps(canonical_package(row))


def comparable_version(version: str) -> str:
    """Return a version of the form `str(Version)` without trailing zeros of its release: `1!2.0+cpu` as `1!2+cpu`."""
    found = _RELEASE.match(version)
    if found is None:
        return version
    release = re.sub(r"(?:\.0)+$", "", found["release"])
    return f"{found['epoch']}{release}{version[found.end() :]}"


def effective_options(lock: Lock) -> tuple[Option, ...]:
    """Return the options that change what is installed, by group, in the order of the lines inside each group."""
    chosen = [option for option in lock.options if option.name in OPTION_GROUPS]
    return tuple(sorted(chosen, key=lambda option: OPTION_GROUPS[option.name]))


def _dumps(document: object) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
