"""The measured environment as a receipt has it: what a probe says of the packages, and nothing beside that."""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias

from gatekeeper.environment.installed.probe import parse_probe
from gatekeeper.environment.quoting import quoted

Shape: TypeAlias = "dict[str, Shape] | list[Shape] | None"

_VALUE: Final = None
# What `probe_script` writes, but for `host`, which says what machine it was.
_HASHES: Final[Shape] = {"sha256": _VALUE, "sha384": _VALUE, "sha512": _VALUE}
_DIRECT_URL: Final[Shape] = {
    "url": _VALUE,
    "subdirectory": _VALUE,
    "dir_info": {"editable": _VALUE},
    "archive_info": {"hash": _VALUE, "hashes": _HASHES},
    "vcs_info": {"vcs": _VALUE, "requested_revision": _VALUE, "commit_id": _VALUE},
}
_RUNTIME = ("python", "implementation", "abi", "platform", "libc", "system", "cuda", "cudnn", "torch_git")
_DISTRIBUTION = ("name", "version", "record", "files", "installer", "requested", "editable", "folder")
_ANOMALY = ("flaw", "name", "path", "detail", "sha256")
_PROBE: Final[Shape] = {
    "schema": _VALUE,
    "deep": _VALUE,
    "runtime": dict.fromkeys(_RUNTIME, _VALUE),
    "distributions": [{**dict.fromkeys(_DISTRIBUTION, _VALUE), "direct_url": _DIRECT_URL}],
    "anomalies": [dict.fromkeys(_ANOMALY, _VALUE)],
}


def canonical_probe(text: str) -> str:
    """Return what a probe says of the environment in one form.

    What it says of the machine is left out, and so is what no probe of this version says: a receipt in which something
    is added to its probe is in another form.

    Raises:
        ValueError: It is no JSON object, or a value of it is of another type.
        Unreadable: It is no probe.
    """
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError(f"got {type(document).__name__}, expected an object")  # noqa: TRY004 - as json does
    canonical = json.dumps(_kept(document, _PROBE), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    parse_probe(canonical)
    return canonical


def _kept(value: object, shape: Shape) -> Any:
    """Return the part of a value that has a place in the shape; `null` may stand for anything."""
    if value is None or (shape is None and isinstance(value, str | int)):
        return value
    if isinstance(shape, dict) and isinstance(value, dict):
        return {key: _kept(value[key], shape[key]) for key in shape if key in value}
    if isinstance(shape, list) and isinstance(value, list):
        return [_kept(each, shape[0]) for each in value]
    raise ValueError(f"{quoted(json.dumps(value))} stands where a probe has another type")
