"""What runs the packages, as measured, against the target or against what was measured on the other side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from gatekeeper.environment.comparison.difference import Difference, Kind
from gatekeeper.environment.comparison.ranking import Rank
from gatekeeper.environment.facts import Lock, Runtime
from gatekeeper.environment.formats import Format
from gatekeeper.environment.target import Target, parse_target
from gatekeeper.errors import UsageError

_PLATFORM = re.compile(
    r"(?P<system>linux|macosx|win)(?:_[0-9]+_[0-9]+)?_?(?P<machine>\w*)|"
    r"(?P<libc>many|musl)linux_(?P<major>[0-9]+)_(?P<minor>[0-9]+)_(?P<builds>\w+)"
)
_LIBC = re.compile(r"(?P<name>glibc|musl)(?: (?P<major>[0-9]+)\.(?P<minor>[0-9]+).*)?")
_NAMES = {"many": "glibc", "musl": "musl"}


def gate_differences(training: Lock, production: Lock, target: Target) -> Iterator[Difference]:
    """Yield the gate facts that differ, in the order of `Runtime`.

    Two measured sides are held against each other; one alone against the target. What a side does not say is no
    difference, unless both are probes, which look for everything: there "no CUDA" is an answer.
    """
    before, after = training.runtime, production.runtime
    if before is not None and after is not None:
        both_probed = training.format is production.format is Format.PROBE
        yield from _between(before, after, both_probed=both_probed)
    elif before is not None:
        for name, expected, measured in _against(before, target):
            yield _difference(name, measured, f"{expected} (target {target})")
    elif after is not None:
        for name, expected, measured in _against(after, target):
            yield _difference(name, f"{expected} (target {target})", measured)


def target_of(runtime: Runtime) -> Target | None:
    """Return the target that a measured runtime is, None where it does not say enough or is none that can be named."""
    if runtime.python is None or runtime.platform is None or runtime.implementation not in {None, "cpython"}:
        return None
    threads = "t" if (runtime.abi or "").endswith("t") else ""
    try:
        return parse_target(f"cp{runtime.python}{threads}-{runtime.platform}")
    except UsageError:
        return None


def _between(before: Runtime, after: Runtime, *, both_probed: bool) -> Iterator[Difference]:
    for field in fields(Runtime):
        trained, served = getattr(before, field.name), getattr(after, field.name)
        if trained != served and (both_probed or (trained is not None and served is not None)):
            yield _difference(field.name, trained, served)


def _against(runtime: Runtime, target: Target) -> Iterator[tuple[str, str, str]]:
    """Yield (name, what the target says, what was measured) of each fact that contradicts the target."""
    if runtime.python is not None and target.python is not None and not _is_python(runtime.python, target):
        yield "python", target.full_python or target.python, runtime.python
    if runtime.implementation not in (None, "cpython"):
        yield "implementation", "cpython", runtime.implementation
    abi = None if target.python is None else f"cp{target.python.replace('.', '')}{'t' if target.free_threaded else ''}"
    if runtime.abi is not None and abi is not None and runtime.abi != abi:
        yield "abi", abi, runtime.abi
    if runtime.platform is not None and _family(runtime.platform) != _family(target.platform):
        yield "platform", target.platform, runtime.platform
    if runtime.libc is not None and not _has_libc(runtime.libc, target.platform):
        yield "libc", f"what {target.platform} needs", runtime.libc


def _is_python(measured: str, target: Target) -> bool:
    if target.full_python is not None:
        return measured == target.full_python
    return measured.split(".")[:2] == str(target.python).split(".")


def _family(platform: str) -> tuple[str, str]:
    """Return system and machine of a platform tag; the versions of the system in it are no part of either."""
    found = _PLATFORM.fullmatch(platform)
    if found is None:
        return platform, ""
    return (found["system"], found["machine"]) if found["system"] else ("linux", found["builds"])


def _has_libc(measured: str, platform: str) -> bool:
    """Return whether the C library is the one that the tag names, and not older: PEP 600 and PEP 656."""
    needed, there = _PLATFORM.fullmatch(platform), _LIBC.fullmatch(measured)
    if needed is None or not needed["libc"]:
        return True
    if there is None or there["name"] != _NAMES[needed["libc"]]:
        return False
    if there["major"] is None:
        return True  # nothing tells the version of musl from inside
    return (int(there["major"]), int(there["minor"])) >= (int(needed["major"]), int(needed["minor"]))


def _difference(name: str, before: str | None, after: str | None) -> Difference:
    return Difference(kind=Kind.GATE, name=name, rank=Rank.GATE, training_value=before, production_value=after)
