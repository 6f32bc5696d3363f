"""What is replayed: the golden set, the model that it must be of, and what answers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from gatekeeper.artifact import Artifact
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.errors import Unreadable
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Finding, Location, Scalar
from gatekeeper.replay.golden import document
from gatekeeper.replay.golden.facts import Golden
from gatekeeper_checks._artifacts import examined
from gatekeeper_checks.golden_replay.binding_rules import (
    NotDeclared,
    NoTolerance,
    OfAnotherModel,
    TooFewRecords,
    Unbound,
)

_MOST_BYTES = 512 << 20
_HALF = ("float16", "bfloat16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A golden set that can be replayed.

    Attributes:
        path: its file.
        golden: what is in it.
        artifacts: path to facts, for each artifact that could be read.
    """

    candidate: Candidate
    path: str
    golden: Golden
    artifacts: Mapping[str, Fact[Artifact]]

    def at(self, key: str = "") -> Location:
        """Return where the golden file says something; its lines have no fixed place."""
        return Location(path=self.path, line=1 if self.golden.header else None, key=key or None)


def gather(candidate: Candidate, inquiry: Inquiry) -> Subject | None:
    """Return what can be replayed; None where that is not known, and then the inquiry has why."""
    policy = candidate.policy
    if policy.golden is None or (policy.code.predictor is None and not policy.artifacts):
        inquiry.findings.append(_not_declared(candidate))
        inquiry.evidence.append(Evidence(what="the policy", measured={"golden": policy.golden or "not declared"}))
        return None
    golden = policy.golden
    found = inquiry.attempt(lambda: _read(candidate, golden))
    artifacts: dict[str, Fact[Artifact]] = {}
    for place, each in enumerate(policy.artifacts):
        read = inquiry.attempt(lambda each=each, place=place: examined(candidate, each, f"artifacts[{place}]"))  # type: ignore[misc] # mypy infers no lambda with defaults
        if read is not None:
            artifacts[each] = read
    if found is None:
        return None
    path, fact, parsed = found
    inquiry.evidence.append(candidate.evidence(path, fact, _said(parsed)))
    if len(artifacts) < len(policy.artifacts):
        return None  # what a service makes of a model that can't be read whole says nothing of it
    return Subject(candidate=candidate, path=path, golden=parsed, artifacts=artifacts)


def _said(golden: Golden) -> dict[str, Scalar]:
    """Return what is told of a golden set: how much there is, and what it replaced."""
    found: dict[str, Scalar] = {"records": len(golden.records)}
    if golden.header is None:
        return found
    found |= {"outputs": len(golden.header.outputs), "recorded": golden.header.recorded}
    before = golden.header.previous
    if before is not None:
        largest = [f"{name} by {each:.2g}" for name, each in before.largest.items() if each is not None]
        changed = f"{before.changed} records" + (f", {', '.join(largest)} of its value" if largest else "")
        found["recorded anew"] = f"{before.reason} (changed: {changed}; before: {before.file})"
    return found


def _not_declared(candidate: Candidate) -> Finding:
    missing = "golden" if candidate.policy.golden is None else "code.predictor"
    return NotDeclared.finding(
        "`golden` is not declared: nobody has written down what the model answers"
        if missing == "golden"
        else "neither `code.predictor` nor `artifacts` is declared: there is nothing that could be asked",
        fix="gatekeeper golden record . --inputs FILE; then add: golden: golden",
        at=candidate.at(missing),
    )


def _read(candidate: Candidate, path: str) -> tuple[str, Fact[bytes], Golden]:
    """Return the golden set, and the file of its records with the bytes that were read.

    Raises:
        Unreadable: it is absent, truncated, edited, or no golden set.
    """
    if (candidate.root / path).is_dir():
        path = f"{path.rstrip('/')}/{document.RECORDS}"
    fact = candidate.fact(path, whole, bytes, key="golden")
    beside = _beside(path)
    large = None
    if (candidate.root / beside).exists():
        large = candidate.fact(beside, whole, bytes, key="golden").value
    try:
        parsed = document.from_lines(io.BytesIO(fact.value), None if large is None else io.BytesIO(large))
    except Unreadable as error:
        raise error.in_file(path, f"{path}: {error.what}") from error
    return path, fact, parsed


def _beside(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{document.tensors_of(name)}"


def whole(stream: BinaryIO) -> bytes:
    """Return all bytes of a file.

    Raises:
        Unreadable: it is larger than any golden set.
    """
    data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise Unreadable(f"has more than {_MOST_BYTES >> 20} MiB", fix="record fewer records: --n 100")
    return data


def binding(subject: Subject) -> Iterator[Finding]:
    """Yield what is against the golden set itself."""
    candidate, header = subject.candidate, subject.golden.header
    count, wanted = len(subject.golden.records), candidate.policy.replay.min_records
    if count < wanted:
        yield TooFewRecords.finding(
            f"{count} golden record{'' if count == 1 else 's'}, expected at least {wanted}",
            fix='record more: gatekeeper golden record . --inputs FILE --n 100 --reason "more records"',
            at=subject.at(),
        )
    if header is None:
        yield Unbound.finding(
            "the golden records have no header: nothing says of which model they are",
            fix=f'gatekeeper golden record . --inputs {subject.path} --reason "bound to its model"',
            at=subject.at(),
        )
        return
    yield from _of_another(subject)
    for name, output in header.outputs.items():
        declared = candidate.policy.replay.outputs.get(name)
        if output.dtype in _HALF and output.relative is None and (declared is None or declared.relative is None):
            yield NoTolerance.finding(
                f"{name}: recorded as {output.dtype}, and no tolerance is declared for it: it was not judged",
                fix=f"add: replay: {{outputs: {{{name}: {{dtype: {output.dtype}, relative: ...}}}}}}",
                at=subject.at(f"outputs.{name}"),
            )


def _of_another(subject: Subject) -> Iterator[Finding]:
    candidate, header = subject.candidate, subject.golden.header
    assert header is not None
    fix = 'if the new one is meant: gatekeeper golden record . --inputs FILE --reason "what changed"'
    for path, fact in subject.artifacts.items():
        got, expected = header.artifacts.get(path), f"sha256:{fact.sha256}"
        if got != expected:
            what = f"{path}: recorded from {got or 'no such artifact'}, expected {expected}"
            yield OfAnotherModel.finding(what, fix=fix, at=subject.at(f"artifacts.{path}"))
    for path in sorted(header.artifacts.keys() - set(candidate.policy.artifacts)):
        what = f"{path}: recorded from it, and the policy declares no such artifact"
        yield OfAnotherModel.finding(what, fix=fix, at=subject.at(f"artifacts.{path}"))
    predictor = candidate.policy.code.predictor or "artifact"
    if header.predictor != predictor:
        what = f"recorded from the predictor {header.predictor!r}, expected {predictor!r}"
        yield OfAnotherModel.finding(what, fix=fix, at=subject.at("predictor"))
