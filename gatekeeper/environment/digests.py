"""The three named digests of a lock or an inventory, so that the first part that differs has a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from gatekeeper.environment.canonical import Json, canonical_json, sha256_of
from gatekeeper.environment.facts import Anomaly, Dependency, Lock, Requested, Row, Runtime
from gatekeeper.environment.identity import canonical_package, effective_options, option_value, projected_json
from gatekeeper.environment.target import Target

LOCK_SCHEMA = "gatekeeper/lock@1"
RUNTIME_SCHEMA = "gatekeeper/runtime@1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Three answers to "is it the same", each `sha256:<hex>`.

    Attributes:
        target: What the target installs: the environment hash. It is the same in every format of one graph.
        lock: All that the lock says, for every target. Another format of the same graph has another one.
        runtime: What was measured: interpreter, system, CUDA, what each distribution left behind; None where nobody
            measured.
    """

    target: str
    lock: str
    runtime: str | None


def digests(lock: Lock, rows: Sequence[Row], target: Target) -> Digests:
    """Return the three digests.

    Args:
        lock: The lock or inventory.
        rows: Those of its rows that the target installs, see `gatekeeper.environment.projection.project`.
        target: What the environment is for.
    """
    return Digests(
        target=sha256_of(projected_json(lock, rows, target)),
        lock=sha256_of(lock_json(lock)),
        runtime=None if lock.runtime is None else sha256_of(runtime_json(lock, lock.runtime)),
    )


def lock_json(lock: Lock) -> bytes:
    """Return the canonical JSON of every row with its marker, its edges and its extras, whatever the target."""
    return canonical_json(
        {
            "schema": LOCK_SCHEMA,
            "requires_python": lock.requires_python,
            "packages": _sorted(_locked(row) for row in lock.rows),
            "roots": _sorted(_requested(each) for each in lock.roots),
            "extras": sorted(lock.extras),
            "groups": sorted(lock.groups),
            "default_groups": sorted(lock.default_groups),
            "environments": sorted(lock.environments),
            "conflicts": sorted(sorted(each) for each in lock.conflicts),
            "options": [[option.name, option_value(option)] for option in effective_options(lock, lock.rows)],
        }
    )


def runtime_json(lock: Lock, runtime: Runtime) -> bytes:
    """Return the canonical JSON of what was measured: the runtime, the distributions with their records, the flaws."""
    return canonical_json(
        {
            "schema": RUNTIME_SCHEMA,
            "runtime": {field.name: getattr(runtime, field.name) for field in fields(runtime)},
            "distributions": _sorted(_installed(row) for row in lock.rows),
            "anomalies": _sorted(_flaw(each) for each in lock.anomalies),
        }
    )


def _installed(row: Row) -> dict[str, Json]:
    return {"name": row.name, "version": row.version, "records": list(row.records)}


def _flaw(anomaly: Anomaly) -> dict[str, Json]:
    return {"flaw": anomaly.flaw.value, "name": anomaly.name, "path": anomaly.path}


def _locked(row: Row) -> dict[str, Json]:
    own: dict[str, Json] = {
        "extras": list(row.extras),
        "marker": row.marker,
        "platform": row.platform,
        "requires_python": row.requires_python,
        "requires": _sorted(_requested(each) for each in row.requires),
    }
    return {**canonical_package(row), **own}


def _requested(requested: Requested) -> dict[str, Json]:
    asked: dict[str, Json] = {
        "for_extra": requested.extra,
        "for_group": requested.group,
        "for_member": requested.member,
    }
    return {**_edge(requested.dependency), **asked}


def _edge(dependency: Dependency) -> dict[str, Json]:
    return {
        "name": dependency.name,
        "version": dependency.version,
        "origin": dependency.origin,
        "extras": list(dependency.extras),
        "marker": dependency.marker,
    }


def _sorted(documents: Iterable[dict[str, Json]]) -> list[dict[str, Json]]:
    """Return the documents in the order of their canonical JSON, each once: how often a row stands there is no fact."""
    distinct = {canonical_json(each): each for each in documents}
    return [distinct[key] for key in sorted(distinct)]
