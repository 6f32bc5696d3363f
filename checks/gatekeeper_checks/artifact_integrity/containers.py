"""Containers that are odd, formats that run code, and parts that are missing."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from gatekeeper.artifact.facts import Artifact, Flaw, Oddity
from gatekeeper.model import Finding, Location
from gatekeeper_checks.artifact_integrity import content_rules as rules
from gatekeeper_checks.artifact_integrity.wording import place

_SHOWN_FLAWS = 20


def judge_container(artifact: Artifact, path: str) -> Iterator[Finding]:
    """Yield a finding for each flaw."""
    for flaw in artifact.flaws[:_SHOWN_FLAWS]:
        yield _runs_code(path, flaw) if flaw.oddity is Oddity.RUNS_CODE else _odd(path, flaw)
    more = len(artifact.flaws) - _SHOWN_FLAWS
    if more > 0:
        yield rules.OddContainer.finding(
            f"{path}: {more} more such findings", fix="save the model again", at=Location(path=path)
        )


def judge_parts(artifact: Artifact, path: str, declared: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each other file that this one refers to and that is not declared."""
    folder = posixpath.dirname(path)
    for reference in artifact.references:
        part = posixpath.normpath(posixpath.join(folder, reference))
        if part not in {posixpath.normpath(each) for each in declared}:
            yield rules.MissingPart.finding(
                f"{path} refers to {reference}, which `artifacts` does not declare",
                fix=f"add {part} to the candidate and to `artifacts`",
                at=Location(path=path, key=reference),
            )


def _runs_code(path: str, flaw: Flaw) -> Finding:
    inside = f" in {flaw.member}" if flaw.member else ""
    return rules.RunsCode.finding(
        f"{path}{inside}: {flaw.detail}",
        fix="export the weights alone, as safetensors or npz, and build the model in the serving code",
        at=Location(path=path),
    )


def _odd(path: str, flaw: Flaw) -> Finding:
    return rules.OddContainer.finding(
        f"{path}: {flaw.oddity} {place(flaw.offset, flaw.member)}: {flaw.detail}",
        fix="save the model again with the library that it belongs to",
        at=Location(path=path, key=flaw.member or None),
    )
