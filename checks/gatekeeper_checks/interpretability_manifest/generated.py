"""What was generated from the manifest and lies in the serving code: is it what would be generated now?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from gatekeeper.contract.generation import KINDS, generate
from gatekeeper.errors import GatekeeperError
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Location
from gatekeeper_checks.interpretability_manifest.safety_rules import GeneratedDiffers
from gatekeeper_checks.interpretability_manifest.subject import Subject

LARGEST: Final = 4 << 20
_MARK: Final = re.compile(rb"[Gg]enerated from the manifest\s+(?:#\s*)?(sha256:[0-9a-f]{64})")
_HEAD: Final = 2048
_FILES: Final = {name: kind for kind, (name, _) in KINDS.items()}


class Generated(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a name that is generated: its bytes, and the manifest it says it is of; empty if it says none."""

    data: bytes
    manifest: str


def read(stream: BinaryIO) -> Generated:
    """Return what is in a file, as far as LARGEST."""
    data = stream.read(LARGEST + 1)
    found = _MARK.search(data[:_HEAD])
    return Generated(data=data, manifest=found[1].decode() if found else "")


def generated(subject: Subject, inquiry: Inquiry) -> Iterator[Finding]:
    """Yield the generated files that are not what the manifest and the baseline generate."""
    for path in _paths(subject):
        fact = inquiry.attempt(lambda path=path: subject.candidate.fact(path, read, Generated, key="code.paths"))  # type: ignore[misc]
        if fact is None or not fact.value.manifest:
            continue
        inquiry.evidence.append(subject.candidate.evidence(path, fact, {"generated from": fact.value.manifest}))
        name = Path(path).name
        try:
            expected = generate(subject.manifest, subject.baseline, [_FILES[name]])[name]
        except GatekeeperError as error:
            yield _differs(path, f"nothing can be generated from the manifest: {error.what}")
            continue
        if fact.value.data != expected:
            yield _differs(path, _how(fact.value, expected))


def _how(found: Generated, expected: bytes) -> str:
    mark = _MARK.search(expected[:_HEAD])
    now = mark[1].decode() if mark else "another one"
    if found.manifest != now:
        return f"it was generated from the manifest {found.manifest}, expected {now}"
    lines = zip(found.data.splitlines(), expected.splitlines(), strict=False)
    place = next((place for place, (got, wanted) in enumerate(lines, start=1) if got != wanted), None)
    return f"it was edited{f' at line {place}' if place else ' at its end'}, or is of another version of the gate"


def _differs(path: str, how: str) -> Finding:
    return GeneratedDiffers.finding(
        f"{path}: {how}",
        fix=f"generate it again: gatekeeper manifest generate . -o {Path(path).parent.as_posix()}",
        at=Location(path=path),
    )


def _paths(subject: Subject) -> Iterator[str]:
    """Yield the files below `code.paths` that have the name of a generated one."""
    root = subject.candidate.root
    for declared in subject.candidate.policy.code.paths:
        folder = root / declared
        files = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
        yield from (each.relative_to(root).as_posix() for each in files if each.name in _FILES and each.is_file())
