"""Whether the manifest is decided, reviewed, and of these files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from gatekeeper.candidate import Candidate
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Severity
from gatekeeper_checks.interpretability_manifest import InterpretabilityManifest
from gatekeeper_checks.interpretability_manifest.binding_rules import (
    NotReviewed,
    OfAnotherModel,
    OpenMark,
    Placeholder,
    WaiverEnded,
)
from gatekeeper_checks.interpretability_manifest.subject import Subject

LONGEST_WAIVER: Final = 90
"""Days."""
_NOTHING: Final = re.compile(
    r"(?i)^\W*(todo|tbd|tba|fixme|xxx+|n/?a|none|null|unknown|nobody|someone|somebody|anyone|open|\?+|-+|\.+|lorem.*|"
    r"change.?me|placeholder|your[ -]\w+|<.*>|foo|bar|test|name|me)\W*(:.*)?$"
)
_DAYS_AHEAD: Final = 1
"""A review of tomorrow may be one of another time zone."""


def binding(subject: Subject, check: InterpretabilityManifest, inquiry: Inquiry) -> Iterator[Finding]:
    """Yield what is open, says nothing, is not reviewed, or is of other files."""
    for key, question in subject.manifest.open.items():
        yield OpenMark.finding(
            f"{key} is not decided: {question}",
            fix=f"decide, correct {key}, and delete this line",
            at=subject.at(f"open.{key}"),
        )
    yield from _placeholders(subject)
    yield from _review(subject, check)
    yield from _files(subject, inquiry)
    yield from _waivers(subject)


def _placeholders(subject: Subject) -> Iterator[Finding]:
    manifest = subject.manifest
    texts = {
        "model.name": manifest.model.name,
        "owner.team": manifest.owner.team,
        "owner.oncall": manifest.owner.oncall,
        "owner.runbook": manifest.owner.runbook,
        "owner.escalation": manifest.owner.escalation or "given",
        "review.author": manifest.review.author,
        "review.by": manifest.review.by,
        **{f"waivers[{place}].reason": each.reason for place, each in enumerate(manifest.waivers)},
        **{f"waivers[{place}].by": each.by for place, each in enumerate(manifest.waivers)},
    }
    for key, text in texts.items():
        if not text.strip() or _NOTHING.match(text.strip()):
            yield Placeholder.finding(f"{key}: got {text!r}, which says nothing", fix="write it", at=subject.at(key))
    runbook = manifest.owner.runbook.strip()
    if not re.match(r"https?://[^\s/]+\.[^\s/]+/\S", runbook) and not _is_file(subject.candidate, runbook):
        yield Placeholder.finding(
            f"owner.runbook: got {runbook[:80]!r}, expected a link or a file of the candidate",
            fix="write the address of the page that says what to do",
            at=subject.at("owner.runbook"),
        )


def _is_file(candidate: Candidate, path: str) -> bool:
    """Return whether a path is a file of the candidate that has something in it."""
    if "\0" in path or path.startswith("/") or ".." in path.split("/"):
        return False
    try:
        real = (candidate.root / path).resolve()
        return real.is_relative_to(candidate.root.resolve()) and real.is_file() and real.stat().st_size > 0
    except OSError:  # a name that no file can have
        return False


def _review(subject: Subject, check: InterpretabilityManifest) -> Iterator[Finding]:
    review, today = subject.manifest.review, subject.candidate.today
    if _person(review.author) == _person(review.by):
        yield NotReviewed.finding(
            f"{review.by!r} reviews what {review.author!r} wrote: expected two people",
            fix="have somebody else review it",
            at=subject.at("review.by"),
        )
    on, expires = date.fromisoformat(review.day), date.fromisoformat(review.expires)
    again = "review it again, and write who, when and until when"
    if on > today + timedelta(days=_DAYS_AHEAD):
        yield NotReviewed.finding(f"it is reviewed on {on}, a day to come", fix=again, at=subject.at("review.day"))
    if expires < today:
        yield NotReviewed.finding(f"the review expired on {expires}", fix=again, at=subject.at("review.expires"))
    if expires > on + timedelta(days=check.max_review_days):
        yield NotReviewed.finding(
            f"the review holds until {expires}, expected at most {check.max_review_days} days after {on}",
            fix="write an earlier day, or set the option max_review_days",
            at=subject.at("review.expires"),
        )


def _person(name: str) -> str:
    return " ".join(name.split()).casefold()


def _files(subject: Subject, inquiry: Inquiry) -> Iterator[Finding]:
    candidate, model = subject.candidate, subject.manifest.model
    known = {f"sha256:{fact.sha256}" for fact in subject.artifacts.values()}
    if model.artifact not in known and len(known) == len(candidate.policy.artifacts):
        expected = ", ".join(f"{path} sha256:{fact.sha256}" for path, fact in subject.artifacts.items())
        yield _other(subject, "artifact", model.artifact, expected or "one of `artifacts`, of which there is none")
    policy = candidate.policy
    golden = subject.golden[0] if subject.golden else policy.golden
    for name, got, key, path in (
        ("baseline", model.baseline, "baseline", policy.baseline),
        ("golden", model.golden, "golden", golden),
        ("lock", model.lock, "environment.training", policy.environment.training),
    ):
        if path is None and got is not None:
            yield _other(subject, name, got, f"no {key}: the policy declares none")
        elif path is not None and got is None:
            yield _other(subject, name, "nothing", f"the sha256 of {path}: it is declared")
        elif path is not None and (policy.golden is None or name != "golden" or subject.golden is not None):
            digest = inquiry.attempt(lambda path=path, key=key: candidate.digest(path, key=key))  # type: ignore[misc]
            if digest is not None and got != f"sha256:{digest.sha256}":
                yield _other(subject, name, got or "nothing", f"{path} sha256:{digest.sha256}")


def _other(subject: Subject, name: str, got: str, expected: str) -> Finding:
    return OfAnotherModel.finding(
        f"model.{name}: got {got}, expected {expected}",
        fix="review the manifest with the files of this candidate, then write their digests",
        at=subject.at(f"model.{name}"),
    )


def _waivers(subject: Subject) -> Iterator[Finding]:
    today = subject.candidate.today
    for place, waiver in enumerate(subject.manifest.waivers):
        until, at = date.fromisoformat(waiver.until), subject.at(f"waivers[{place}].until")
        told = f"{waiver.of} is set aside by {waiver.by} until {until}: {waiver.reason}"
        if until < today:
            yield WaiverEnded.finding(f"{told}; that day is over", fix="mend it, or decide again", at=at)
        elif until > today + timedelta(days=LONGEST_WAIVER):
            what = f"{told}; expected at most {LONGEST_WAIVER} days ahead"
            yield WaiverEnded.finding(what, fix="write an earlier day", at=at)
        else:
            yield WaiverEnded.finding(told, fix="mend it before that day", at=at, severity=Severity.NOTE)
